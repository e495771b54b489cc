// SPDX-License-Identifier: Apache-2.0

import { type Message, toJson } from "@bufbuild/protobuf";
import {
  type CallOptions,
  ConnectError,
  createClient,
  createRouterTransport,
} from "@connectrpc/connect";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { Operations as OperationsApi } from "../../gen/google/longrunning/operations_pb.ts";
import { operationRegistry } from "../../src/index.ts";
import { createOperations, type OperationStore } from "../../src/server/index.ts";
import type { SteppedClock } from "./stepped-clock.ts";
import { turns } from "./turns.ts";

/** An operation by the order in which its owner was told of it. */
export interface Target {
  readonly of: "self" | "other";
  readonly index: number;
}

/** What a tenant does. */
export type Action =
  | {
      readonly kind: "start";
      /** What the handler does: it ends well, or not, or hangs until it is cancelled. */
      readonly how: "finish" | "fail" | "hang";
      /** Tenants take the same ids and keys, as they would if they could learn of each other's. */
      readonly requestId: string;
      readonly exclusive: string;
    }
  | { readonly kind: "get" | "cancel" | "delete" | "wait"; readonly target: Target }
  | {
      readonly kind: "list";
      readonly filter: string;
      readonly pageSize: number;
      /** Whose page token it goes on from, if there is one. */
      readonly token: "none" | "self" | "other";
    };

/** What one tenant has been told. */
export interface Knowledge {
  readonly names: string[];
  readonly tokens: string[];
}

/** Who acts, and what they know: of themselves, and, if they could, of the other. */
export interface Actor {
  readonly tenant: string;
  readonly self: Knowledge;
  readonly other: Readonly<Knowledge>;
}

export interface Tenants extends AsyncDisposable {
  /** Does what a tenant does; the answer, in a form in which the answers of two servers compare. */
  act(action: Action, actor: Actor): Promise<string>;
}

/** How long a tenant waits. */
export const waitMs = 1_000;

const registry = operationRegistry(ChecksumServiceOperations);

/** A server for tenants who name themselves in a header. */
export function tenants(
  store: OperationStore,
  { clock, work }: { readonly clock: SteppedClock; readonly work: boolean },
): Tenants {
  const operations = createOperations({
    store,
    clock,
    concurrency: 1_000,
    principal: ({ requestHeader }) => requestHeader.get("x-caller") ?? undefined,
  });
  const impl = operations.implement(ChecksumServiceOperations, {
    checksumTree: {
      // The id, the key, and what to do.
      requestId: ({ root }) => root.split(" ")[0] ?? "",
      start({ root }) {
        const key = root.split(" ")[1] ?? "";
        return { metadata: { root }, ...(key !== "" && { exclusive: key }) };
      },
      async run({ root }, operation) {
        if (root.endsWith("fail")) {
          throw new ConnectError("it failed");
        }
        if (root.endsWith("hang")) {
          await new Promise((resolve) => operation.signal.addEventListener("abort", resolve));
          operation.signal.throwIfAborted();
        }
        return { treeDigest: root };
      },
    },
  });
  const transport = createRouterTransport((router) => {
    operations.routes(router);
    router.service(ChecksumServiceOperations, impl);
  });
  const api = createClient(OperationsApi, transport);
  const checksum = createClient(ChecksumServiceOperations, transport);
  if (work) {
    operations.work();
  }

  async function call(
    action: Action,
    { self, other }: Actor,
    options: CallOptions,
  ): Promise<Message> {
    if (action.kind === "start") {
      const root = `${action.requestId} ${action.exclusive} ${action.how}`;
      const operation = await checksum.checksumTree({ root }, options);
      // A repeated request is told the same name again.
      if (!self.names.includes(operation.name)) {
        self.names.push(operation.name);
      }
      return operation;
    }
    if (action.kind === "list") {
      const { filter, pageSize, token } = action;
      const pageToken = (token === "none" ? [] : { self, other }[token].tokens).at(-1) ?? "";
      const page = await api.listOperations({ filter, pageSize, pageToken }, options);
      if (page.nextPageToken !== "") {
        self.tokens.push(page.nextPageToken);
        page.nextPageToken = "another page";
      }
      return page;
    }
    const { target } = action;
    const { names } = target.of === "self" ? self : other;
    const name = names[target.index % Math.max(1, names.length)] ?? "operations/guessed";
    if (action.kind === "wait") {
      const waiting = api.waitOperation({ name, timeout: { seconds: 1n } }, options);
      await Promise.all([waiting.catch(() => undefined), clock.advance(waitMs)]);
      return waiting;
    }
    const methods = {
      get: api.getOperation,
      cancel: api.cancelOperation,
      delete: api.deleteOperation,
    };
    return await methods[action.kind]({ name }, options);
  }

  return {
    async act(action, actor) {
      const options = { headers: { "x-caller": actor.tenant } };
      const answer = await call(action, actor, options).then(textOf, textOfError);
      await turns();
      return actor.self.names.reduce((text, name, i) => text.replaceAll(name, `own ${i}`), answer);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([operations.close({ drainMs: 0 }), clock.advance(0)]);
    },
  };
}

function textOf(message: Message): string {
  const schema = registry.getMessage(message.$typeName);
  return schema === undefined
    ? message.$typeName
    : JSON.stringify(toJson(schema, message, { registry }));
}

function textOfError(error: unknown): string {
  if (!(error instanceof ConnectError)) {
    throw error;
  }
  const details = error.findDetails(registry).map((detail) => {
    const schema = registry.getMessage(detail.$typeName);
    return schema === undefined ? detail.$typeName : toJson(schema, detail, { registry });
  });
  return JSON.stringify({ code: error.code, message: error.rawMessage, details });
}
