// SPDX-License-Identifier: Apache-2.0

import type { DescMethod, Message, Registry } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createOperationRegistry, registerFile, registerService } from "../operation-registry.ts";
import type { OperationTypes } from "../operation-service.ts";
import type { Binding } from "./binding.ts";
import { joinedRegistry } from "./joined-registry.ts";
import { type EncodedRequest, encodeRequest } from "./request.ts";
import { bindingsOf } from "./rules.ts";
import { printTemplate } from "./template.ts";
import { createMethodUrl } from "./transport-internals.ts";
import type { RestTransportOptions } from "./transport-options.ts";
import { isGuessedWait, readGuessedWaitError, waitUnimplemented } from "./transport-wait.ts";

/** What a request asks for. */
export interface RequestLine {
  readonly url: string;
  readonly httpMethod: string;
}

/** How a message goes to a server. */
export type WrittenRequest = EncodedRequest & RequestLine;

/** How one method is called. */
export interface MethodCalls {
  /** @throws ConnectError INVALID_ARGUMENT for a message that no binding can express. */
  write(message: Message): WrittenRequest;
  /** What interceptors see of a request: of one that cannot be written, the pattern. */
  preview(message: Message): RequestLine;
  /** How the method is bound. */
  readonly pattern: RequestLine;
  /** Reads an error of the server as one of this method. */
  readError(error: unknown): unknown;
}

/** All that a transport knows of the methods that it has called. */
export interface CallTable {
  /** Grows with each service that is called. */
  readonly registry: Registry;
  callsOf(method: DescMethod): MethodCalls;
  /** Takes in types that the Anys of an answer may hold. */
  learn(types: OperationTypes | undefined): void;
}

export function createCallTable(options: RestTransportOptions): CallTable {
  const called = createOperationRegistry();
  const registry =
    options.registry === undefined ? called : joinedRegistry(options.registry, called);
  const known = new WeakMap<DescMethod, MethodCalls>();
  const learnt = new WeakSet<OperationTypes>();
  return {
    registry,
    learn(types) {
      if (types !== undefined && !learnt.has(types)) {
        learnt.add(types);
        registerFile(called, types.response.file);
        registerFile(called, types.metadata.file);
      }
    },
    callsOf(method) {
      let calls = known.get(method);
      if (calls === undefined) {
        registerService(called, method.parent);
        calls = createMethodCalls(method, { ...options, registry });
        known.set(method, calls);
      }
      return calls;
    },
  };
}

function createMethodCalls(method: DescMethod, options: RestTransportOptions): MethodCalls {
  const base = options.baseUrl.replace(/\/$/, "");
  const bindings = sendableBindings(method, options);
  const guessed = bindings.kind === "bound" && isGuessedWait(method, options);

  function write(message: Message): WrittenRequest {
    if (bindings.kind === "fault") {
      throw bindings.error;
    }
    try {
      const encoded = encodeRequest(bindings.bindings, message, options);
      const target = options.enumAsInteger ? asIntegers(encoded.target) : encoded.target;
      return { ...encoded, url: base + target };
    } catch (error) {
      throw guessed ? waitUnimplemented(error) : error;
    }
  }

  const [first] = bindings.kind === "bound" ? bindings.bindings : [];
  const pattern: RequestLine =
    first === undefined
      ? { url: createMethodUrl(base, method), httpMethod: "POST" }
      : { url: base + printTemplate(first.template), httpMethod: first.httpMethod };
  return {
    pattern,
    write,
    preview(message) {
      try {
        return write(message);
      } catch {
        return pattern;
      }
    },
    readError: guessed ? readGuessedWaitError : (error) => error,
  };
}

type SendableBindings =
  | { readonly kind: "bound"; readonly bindings: readonly Binding[] }
  /** Told when the method is called, to interceptors too. */
  | { readonly kind: "fault"; readonly error: ConnectError };

function sendableBindings(method: DescMethod, options: RestTransportOptions): SendableBindings {
  try {
    const bindings = bindingsOf(method, options).filter(isSendable);
    return bindings.length > 0
      ? { kind: "bound", bindings }
      : { kind: "fault", error: unbound(method) };
  } catch (cause) {
    return { kind: "fault", error: ConnectError.from(cause, Code.Internal) };
  }
}

// `fetch` refuses to send these.
function isSendable({ httpMethod, body }: Binding): boolean {
  return (
    !/^(?:CONNECT|TRACE|TRACK)$/.test(httpMethod) &&
    (body.kind === "none" || !/^(?:GET|HEAD)$/.test(httpMethod))
  );
}

function unbound(method: DescMethod): ConnectError {
  const name = `${method.parent.typeName}.${method.name}`;
  const streams =
    method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
  return new ConnectError(
    streams
      ? `${name} streams from the client, which REST cannot express; call it over another transport`
      : `${name} has no google.api.http rule that can be sent; give it one with ` +
          `\`createRestTransport({ rules: [{ selector: "${name}", … }] })\``,
    Code.Unimplemented,
  );
}

function asIntegers(target: string): string {
  return `${target}${target.includes("?") ? "&" : "?"}$alt=json%3Benum-encoding%3Dint`;
}
