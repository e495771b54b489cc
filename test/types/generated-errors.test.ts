// SPDX-License-Identifier: Apache-2.0

import { beforeAll, describe, expect, test } from "vitest";
import { type Compilation, compilePrograms } from "./generated-programs.ts";

const served = (handlers: string) => `
  import { createOperations, memoryStore } from "longrunning/server";
  import { ChecksumServiceOperations } from "./gen/checksum/v1/checksum_longrunning.js";
  import { AwkwardOperations } from "./gen/awkward_longrunning.js";
  const { implement } = createOperations({ store: memoryStore() });
  ${handlers}`;

const checksum = (handlers: string) =>
  served(`implement(ChecksumServiceOperations, { ${handlers} });`);

const called = (calls: string) => `
  import { createClient, createRouterTransport } from "@connectrpc/connect";
  import { outcomeOf } from "longrunning";
  import { ChecksumServiceOperations } from "./gen/checksum/v1/checksum_longrunning.js";
  import { AwkwardOperations } from "./gen/awkward_longrunning.js";
  const transport = createRouterTransport(() => {});
  const client = createClient(ChecksumServiceOperations, transport);
  const { checksumTree } = ChecksumServiceOperations.operations;
  ${calls}`;

interface Mistake {
  readonly of: string;
  readonly program: string;
  /** What the complaint has to name. */
  readonly named: readonly string[];
}

const mistakes: readonly Mistake[] = [
  {
    of: "a wrong type in report",
    program: checksum(
      `async checksumTree(_, { report }) { report({ filesDone: "1" }); return {}; }`,
    ),
    named: ["'filesDone'", "'MessageInit<ChecksumTreeMetadata>'", "'bigint'"],
  },
  {
    of: "an unknown field in report",
    program: checksum(
      `async checksumTree(_, { report }) { report({ filesDone: 1n, fileDone: 1n }); return {}; }`,
    ),
    named: [
      "'fileDone'",
      "'MessageInit<ChecksumTreeMetadata>'",
      "Did you mean to write 'filesDone'?",
    ],
  },
  {
    of: "a wrong type in the response",
    program: checksum("async checksumTree() { return { files: 1 }; }"),
    named: ["files: number", "'MessageInit<ChecksumTreeResponse>'"],
  },
  {
    of: "a wrong type in the response of a method written out in full",
    program: checksum("checksumTree: { async run() { return { files: 1 }; } }"),
    named: ["files: number", "'MessageInit<ChecksumTreeResponse>'"],
  },
  {
    of: "a response with nothing but unknown fields",
    program: checksum(`async checksumTree() { return { digest: "" }; }`),
    named: ["digest: string", "'MessageInit<ChecksumTreeResponse>'"],
  },
  {
    of: "the metadata returned as the response",
    program: checksum("async checksumTree(_, { metadata }) { return metadata!; }"),
    named: ["ChecksumTreeMetadata", "'MessageInit<ChecksumTreeResponse>'"],
  },
  {
    of: "a response that is forgotten",
    program: checksum("async checksumTree() {}"),
    named: ["'void'", "'MessageInit<ChecksumTreeResponse>'"],
  },
  {
    of: "an unknown field of the request",
    program: checksum("async checksumTree({ rot }) { return { treeDigest: rot }; }"),
    named: ["'rot'", "'ChecksumTreeRequest'"],
  },
  {
    of: "a wrong method name",
    program: checksum("async checksumTrees() { return {}; }"),
    named: ["'checksumTrees'", "ChecksumTreeRequest", "Did you mean to write 'checksumTree'?"],
  },
  {
    of: "a wrong type in report of an rpc called Operation",
    program: served(
      `implement(AwkwardOperations, { async operation(_, { report }) { report({ pages: "1" }); return {}; } });`,
    ),
    named: ["'pages'", "'MessageInit<Progress>'"],
  },
  {
    of: "a wrong type in the response of an rpc called Resume",
    program: served("implement(AwkwardOperations, { async resume() { return { title: 1 }; } });"),
    named: ["title: number", "'MessageInit<Book>'"],
  },
  {
    of: "a wrong type in a call of an rpc called Resume",
    program: called("createClient(AwkwardOperations, transport).resume({ id: 1 });"),
    named: ["'id'", "'MessageInit<Request>'"],
  },
  {
    of: "a wrong type in a call",
    program: called("client.checksumTree({ root: 1 });"),
    named: ["'root'", "'MessageInit<ChecksumTreeRequest>'"],
  },
  {
    of: "an unknown field in a call",
    program: called(`client.checksumTree({ rot: "" });`),
    named: ["'rot'", "'MessageInit<ChecksumTreeRequest>'", "Did you mean to write 'root'?"],
  },
  {
    of: "a call of a method that is not there",
    program: called("client.checksumTrees({});"),
    named: ["'checksumTrees'", "ChecksumTreeRequest", "Did you mean 'checksumTree'?"],
  },
  {
    of: "the response read from the operation",
    program: called("(await client.checksumTree({})).treeDigest;"),
    named: ["'treeDigest'", "'Operation'"],
  },
  {
    of: "the response read before it is there",
    program: called("outcomeOf(await client.checksumTree({}), checksumTree).response;"),
    named: ["'response'", "ChecksumTreeMetadata"],
  },
  {
    of: "an unknown field of the response",
    program: called(
      `const outcome = outcomeOf(await client.checksumTree({}), checksumTree);
       if (outcome.kind === "succeeded") outcome.response.digest;`,
    ),
    named: ["'digest'", "'ChecksumTreeResponse'"],
  },
  {
    of: "the operations of an ordinary method",
    program: called("ChecksumServiceOperations.operations.listAlgorithms;"),
    named: ["'listAlgorithms'", "ChecksumTreeResponse"],
  },
];

// Names that this package has a use for itself, and names that objects have anyway.
const awkwardNames = ["Operation", "Operations", "Resume", "Method", "Then", "Constructor"];
const awkwardProto = `
  syntax = "proto3";
  import "google/longrunning/operations.proto";
  message Request { string id = 1; }
  message Book { string title = 1; }
  message Progress { int64 pages = 1; }
  service Awkward {
    ${awkwardNames
      .map(
        (name) => `rpc ${name}(Request) returns (google.longrunning.Operation) {
          option (google.longrunning.operation_info) = { response_type: "Book" metadata_type: "Progress" };
        }`,
      )
      .join("\n")}
  }`;
const awkwardHandlers = awkwardNames
  .map((name) => (name === "Constructor" ? "constructor$" : name.toLowerCase()))
  .map(
    (name) => `async ${name}({ id }, { report }) { report({ pages: 1n }); return { title: id }; }`,
  );
const awkwardProgram = served(`implement(AwkwardOperations, { ${awkwardHandlers} });`);

const pathOf = ({ of }: Mistake) => `${of.replace(/\W+/g, "-")}.ts`;
let compilation: Compilation;

beforeAll(async () => {
  const programs = Object.fromEntries(
    mistakes.map((mistake) => [pathOf(mistake), mistake.program]),
  );
  compilation = await compilePrograms({
    programs: { ...programs, "awkward.ts": awkwardProgram },
    protos: { "awkward.proto": awkwardProto },
  });
}, 120_000);

describe("the compiler", () => {
  test.each(mistakes)("complains of $of in a few lines that name it", (mistake) => {
    const [complaint, ...more] = compilation.complaints[pathOf(mistake)] ?? [];
    const { lines = [], notes = [] } = complaint ?? {};
    for (const name of mistake.named) {
      expect([...lines, ...notes].join("\n")).toContain(name);
    }
    expect(lines.length).toBeLessThanOrEqual(8);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(400);
    expect(more).toEqual([]);
  });

  test("has no complaint of anything else: not of rpcs with awkward names, nor of what is generated", () => {
    expect(Object.keys(compilation.complaints).sort()).toEqual(mistakes.map(pathOf).sort());
  });
});
