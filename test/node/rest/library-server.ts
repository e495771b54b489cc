// SPDX-License-Identifier: Apache-2.0

import { fromJson, isMessage, type JsonValue, type Message } from "@bufbuild/protobuf";
import type { ConnectRouter, ConnectRouterOptions, HandlerContext } from "@connectrpc/connect";
import { type NodeAdapterOptions, nodeAdapter } from "../../../src/node/index.ts";
import { library, registry } from "../../rest/library.ts";
import { type Served, served } from "../served.ts";

type Answer = JsonValue | Message;

/** An implementation of `acme.v1.Library` that answers in JSON, or with messages it was given. */
export type LibraryMethods = Readonly<
  Record<
    string,
    (
      // biome-ignore lint/suspicious/noExplicitAny: compiled at run time, its messages have no types.
      request: any,
      context: HandlerContext,
    ) => Answer | Promise<Answer> | AsyncIterable<Answer>
  >
>;

/** Registers an implementation, by the names of its methods in TypeScript. */
export function libraryRoutes(
  methods: LibraryMethods,
  options?: ConnectRouterOptions,
): (router: ConnectRouter) => void {
  return (router) => {
    const implementation = Object.entries(methods).map(([name, answer]) => {
      const output = library.method[name]?.output;
      if (output === undefined) {
        throw new Error(`there is no method ${name}`);
      }
      const read = (answer: JsonValue | Message): Message =>
        isMessage(answer) ? answer : fromJson(output, answer, { registry });
      return [
        name,
        library.method[name]?.methodKind === "unary"
          ? async (request: Message, context: HandlerContext) =>
              read((await answer(request, context)) as Answer)
          : async function* (request: Message, context: HandlerContext) {
              for await (const json of answer(request, context) as AsyncIterable<Answer>) {
                yield read(json);
              }
            },
      ];
    });
    router.service(library, Object.fromEntries(implementation), options);
  };
}

/** Serves the library. */
export function serveLibrary(
  methods: LibraryMethods,
  options: Omit<NodeAdapterOptions, "routes"> = {},
): Promise<Served> {
  return served(nodeAdapter({ ...options, routes: libraryRoutes(methods) }));
}
