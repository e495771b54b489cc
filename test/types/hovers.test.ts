// SPDX-License-Identifier: Apache-2.0

import { beforeAll, describe, expect, test } from "vitest";
import { type Compilation, compilePrograms } from "./generated-programs.ts";

// What an editor shows of a symbol without an annotation is what the compiler would declare it as.
const program = `
  import type { Transport } from "@connectrpc/connect";
  import { createOperationClient } from "longrunning/client";
  import { createOperations, memoryStore, type OperationHandlers } from "longrunning/server";
  import { ChecksumServiceOperations } from "./gen/checksum/v1/checksum_longrunning.js";

  type Handlers = OperationHandlers<typeof ChecksumServiceOperations>;

  export const checksumTree = (async (request, operation) => {
    await operation.report({ currentPath: request.root });
    return { treeDigest: operation.name };
  }) satisfies Handlers["checksumTree"];

  const operations = createOperations({ store: memoryStore() });
  export const implementation = operations.implement(ChecksumServiceOperations, { checksumTree });

  const client = createOperationClient(ChecksumServiceOperations, {} as Transport);
  export const start = client.checksumTree;
  export const operation = await start({ root: "." });
  export const states = operation.progress();
  export const outcome = await operation.poll();
  export const response = await operation.result();
`;

let compilation: Compilation;

/** What an editor shows: a type without the files that it is made of, and without comments. */
function hover(path: string, name: string): string | undefined {
  return compilation.declarations[path]
    ?.split(/^export declare /m)
    .find((declaration) => declaration.startsWith(`const ${name}: `))
    ?.replaceAll(/import\("[^"]+"\)\./g, "")
    .replaceAll(/ *\/\*\*[\s\S]*?\*\/\n/g, "")
    .trimEnd();
}

beforeAll(async () => {
  compilation = await compilePrograms({ programs: { "program.ts": program } });
}, 120_000);

describe("a hover names messages", () => {
  test("over a generated service", () => {
    const path = "gen/checksum/v1/checksum_longrunning.ts";
    expect(hover(path, "ChecksumServiceOperations")).toMatchInlineSnapshot(`
      "const ChecksumServiceOperations: OperationService<typeof ChecksumService, {
          checksumTree: OperationTypes<typeof ChecksumTreeResponseSchema, typeof ChecksumTreeMetadataSchema>;
      }>;"
    `);
  });

  test("over a handler", () => {
    expect(hover("program.ts", "checksumTree")).toMatchInlineSnapshot(`
      "const checksumTree: (request: ChecksumTreeRequest, operation: OperationContext<ChecksumTreeMetadata>) => Promise<{
          treeDigest: string;
      }>;"
    `);
  });

  test("over what implement makes", () => {
    expect(hover("program.ts", "implementation")).toMatchInlineSnapshot(`
      "const implementation: OperationServiceImpl<OperationService<GenService<{
          checksumTree: {
              methodKind: "unary";
              input: typeof ChecksumTreeRequestSchema;
              output: typeof OperationSchema;
          };
          listAlgorithms: {
              methodKind: "unary";
              input: typeof ListAlgorithmsRequestSchema;
              output: typeof ListAlgorithmsResponseSchema;
          };
      }>, {
          checksumTree: OperationTypes<typeof ChecksumTreeResponseSchema, typeof ChecksumTreeMetadataSchema>;
      }>>;"
    `);
  });

  test("over a client, and what it starts", () => {
    const names = ["start", "operation", "states", "outcome", "response"];
    const hovers = names.map((name) => hover("program.ts", name));
    expect(hovers.join("\n")).toMatchInlineSnapshot(`
      "const start: OperationStarter<ChecksumTreeRequest, ChecksumTreeResponse, ChecksumTreeMetadata>;
      const operation: OperationHandle<ChecksumTreeResponse, ChecksumTreeMetadata>;
      const states: AsyncIterable<ChecksumTreeMetadata, undefined, undefined>;
      const outcome: OperationOutcome<ChecksumTreeResponse, ChecksumTreeMetadata>;
      const response: ChecksumTreeResponse;"
    `);
  });

  test("in a program that compiles", () => {
    expect(compilation.complaints).toEqual({});
  });
});
