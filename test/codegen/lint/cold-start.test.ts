// SPDX-License-Identifier: Apache-2.0

import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { packAny } from "../../../src/any.ts";
import { callCheckService } from "../../../src/codegen/lint/check-service.ts";
import { firstPage } from "../../../src/codegen/lint/first-page.ts";
import {
  CheckRequestSchema,
  ListCategoriesRequestSchema,
  ListRulesRequestSchema,
} from "../../../src/codegen/lint/gen/buf/plugin/check/v1/check_service_pb.ts";
import { RequestSchema } from "../../../src/codegen/lint/gen/pluginrpc/v1/pluginrpc_pb.ts";
import type { ProcedureCall } from "../../../src/codegen/lint/plugin-rpc.ts";
import { importsOf, readTree } from "../../architecture/source-tree.ts";

const sources = readTree(["gen", "src"], [".ts"]);

/** The packages that are loaded with some modules, by any number of imports. */
function packagesOf(...modules: readonly string[]): string[] {
  const reached = new Set(modules.map((name) => `src/codegen/${name}.ts`));
  for (const path of reached) {
    expect([...sources.keys()]).toContain(path);
    for (const target of importsOf(path, sources.get(path) ?? "")) {
      if (sources.has(target)) {
        reached.add(target);
      }
    }
  }
  return [...reached].flatMap((path) =>
    importsOf(path, sources.get(path) ?? "").filter((target) => !sources.has(target)),
  );
}

const withoutNode = (names: readonly string[]) =>
  [...new Set(names)].filter((name) => !name.startsWith("node:")).sort();

describe("the plugin, which buf starts nine times for one lint", () => {
  test("loads protobuf and nothing else", () => {
    expect(withoutNode(packagesOf("buf-plugin-longrunning"))).toEqual([
      "@bufbuild/protobuf",
      "@bufbuild/protobuf/codegenv2",
      "@bufbuild/protobuf/wkt",
    ]);
  });

  test("loads no package at all to say what it is", () => {
    expect(withoutNode(packagesOf("lint/spec", "lint/first-page"))).toEqual([]);
  });
});

/** A call as buf makes it. */
function callOf<Desc extends DescMessage>(
  name: string,
  schema: Desc,
  request: MessageInitShape<Desc>,
): ProcedureCall {
  const value = packAny(schema, request);
  return {
    path: `/buf.plugin.check.v1.CheckService/${name}`,
    format: "binary",
    input: toBinary(RequestSchema, create(RequestSchema, { value })),
  };
}

const rules = callOf("ListRules", ListRulesRequestSchema, { pageSize: 250 });
const categories = callOf("ListCategories", ListCategoriesRequestSchema, { pageSize: 250 });

describe("the first page", () => {
  test.each([rules, categories])("of $path is what any other request for it gets", async (call) => {
    expect(firstPage(call)).toEqual(Buffer.from(await callCheckService(call)));
  });

  test.each([
    ["JSON", { ...rules, format: "json" as const }],
    ["an empty request", { ...rules, input: new Uint8Array() }],
    ["a request for something else", { ...rules, input: categories.input }],
    ["a smaller page", callOf("ListRules", ListRulesRequestSchema, { pageSize: 5 })],
    ["the second page", callOf("ListRules", ListRulesRequestSchema, { pageToken: "B" })],
    ["a check", callOf("Check", CheckRequestSchema, {})],
  ])("is not the answer to %s", (_, call) => {
    expect(firstPage(call)).toBeUndefined();
  });
});
