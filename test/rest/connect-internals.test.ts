// SPDX-License-Identifier: Apache-2.0

import type { MethodImplSpec } from "@connectrpc/connect";
import * as protocol from "@connectrpc/connect/protocol";
import { expect, expectTypeOf, test } from "vitest";
import * as internals from "../../src/rest/connect-internals.ts";
import { readTree } from "../architecture/source-tree.ts";

test("what connect marks as private is taken in two places, one for each side of REST", () => {
  const users = [...readTree(["src"], [".ts"])]
    .filter(([, source]) =>
      /^(?:\}|import|export)[^*\n]* from "@connectrpc\/connect\/protocol/m.test(source),
    )
    .map(([path]) => path);
  expect(users).toEqual(["src/rest/connect-internals.ts", "src/rest/transport-internals.ts"]);
});

// A release of connect that changes one of these does not compile.
test("it is what connect has", () => {
  expectTypeOf(protocol.invokeUnaryImplementation).toExtend<typeof internals.invokeUnary>();
  expectTypeOf(protocol.transformInvokeImplementation).toExtend<typeof internals.invokeStream>();
  expectTypeOf(protocol.validateUniversalHandlerOptions).toExtend<typeof internals.withDefaults>();
  expectTypeOf<MethodImplSpec["kind"]>().toEqualTypeOf<
    "unary" | "server_streaming" | "client_streaming" | "bidi_streaming"
  >();
  for (const [name, internal] of Object.entries(internals)) {
    expect(internal, name).toBeDefined();
  }
});
