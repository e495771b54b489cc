// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescMessage,
  type Message,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  type Client,
  Code,
  ConnectError,
  type ContextValues,
  createClient,
  type Transport,
} from "@connectrpc/connect";
import { Operations } from "../../../gen/google/longrunning/operations_pb.ts";

/** A call that has arrived, and is answered by whoever holds it. */
export interface ScriptedCall {
  /** As in the proto: "GetOperation". */
  readonly method: string;
  readonly request: Message & Record<string, unknown>;
  readonly headers: Headers;
  readonly timeoutMs: number | undefined;
  readonly contextValues: ContextValues | undefined;
  /** Whether the caller gave it up. */
  readonly isAborted: boolean;
  /** Without a message: an empty one. */
  answer(message?: object): void;
  fail(error: unknown): void;
}

/** A server that answers each call when, and as, it is told. */
export interface ScriptedServer {
  readonly transport: Transport;
  readonly operations: Client<typeof Operations>;
  /** All calls that ever arrived. */
  readonly calls: readonly ScriptedCall[];
  /** Those that were neither answered nor given up. */
  readonly pending: readonly ScriptedCall[];
  /** The call that is pending. @throws Error unless that is exactly one. */
  only(): ScriptedCall;
}

export function scriptedServer(): ScriptedServer {
  const calls: ScriptedCall[] = [];
  const pending = new Set<ScriptedCall>();

  const transport: Transport = {
    unary(method, signal, timeoutMs, header, input, contextValues) {
      return new Promise((resolve, reject) => {
        let isAborted = false;
        const onAbort = () => {
          isAborted = true;
          end();
          reject(ConnectError.from(signal?.reason, Code.Canceled));
        };
        const end = () => {
          pending.delete(call);
          signal?.removeEventListener("abort", onAbort);
        };
        const call: ScriptedCall = {
          method: method.name,
          request: create<DescMessage>(method.input, input) as ScriptedCall["request"],
          headers: new Headers(header),
          timeoutMs,
          contextValues,
          get isAborted() {
            return isAborted;
          },
          answer(message) {
            end();
            resolve({
              stream: false,
              service: method.parent,
              method,
              header: new Headers(),
              trailer: new Headers(),
              message: create(method.output, message as MessageInitShape<typeof method.output>),
            });
          },
          fail(error) {
            end();
            reject(error instanceof ConnectError ? received(error) : error);
          },
        };
        calls.push(call);
        pending.add(call);
        if (signal?.aborted) {
          onAbort();
        } else {
          signal?.addEventListener("abort", onAbort);
        }
      });
    },
    stream() {
      throw new Error("no method here streams");
    },
  };

  return {
    transport,
    operations: createClient(Operations, transport),
    calls,
    get pending() {
      return [...pending];
    },
    only() {
      const [call, ...others] = pending;
      if (call === undefined || others.length > 0) {
        throw new Error(`Expected one call to be pending, got ${pending.size}`);
      }
      return call;
    },
  };
}

/** An error as a client gets it: its details packed. */
function received({ rawMessage, code, metadata, details, cause }: ConnectError): ConnectError {
  const error = new ConnectError(rawMessage, code, metadata, undefined, cause);
  error.details = details.map((detail) =>
    "desc" in detail
      ? {
          type: detail.desc.typeName,
          value: toBinary(detail.desc, create(detail.desc, detail.value)),
        }
      : detail,
  );
  return error;
}
