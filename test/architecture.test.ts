// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { misplacedImports, nodeGlobals, nodeReaches } from "./architecture/floors.ts";
import { breaches, explicit, licensed, named, short } from "./architecture/house-rules.ts";
import { exportFaults, type Manifest } from "./architecture/package-exports.ts";
import { readTree } from "./architecture/source-tree.ts";

const manifestPath = fileURLToPath(new URL("../package.json", import.meta.url));
const manifest: Manifest = JSON.parse(readFileSync(manifestPath, "utf8"));
const house = readTree(["gen", "src"], [".ts"]);
const code = readTree(["src", "examples", "bench", "test"], [".ts", ".tsx"]);
const written = new Map([...code].filter(([path]) => !path.includes("/gen/")));
const products = new Map([...written].filter(([path]) => !path.startsWith("test/")));
// What is generated from protos of others says where it is from instead.
const foreign = "examples/google-vision-client/gen/";
const licensable = new Map(
  [
    ...readTree(
      ["proto", "gen", "src", "examples", "bench", "test"],
      [".ts", ".tsx", ".proto", ".sql"],
    ),
  ].filter(([path]) => !path.startsWith(foreign)),
);

describe("the house", () => {
  test("is what is checked", () => {
    expect([...house.keys()]).toContain("src/index.ts");
    expect([...house.keys()]).toContain("gen/google/longrunning/operations_pb.ts");
    expect([...written.keys()]).toContain("test/architecture.test.ts");
    expect([...licensable.keys()]).toContain("proto/google/longrunning/operations.proto");
  });

  test("an import never goes up, nor to a sibling", () => {
    expect(misplacedImports(house)).toEqual([]);
  });

  test("what is isomorphic reaches nothing of Node", () => {
    expect(nodeReaches(house)).toEqual([]);
    expect(nodeGlobals(house)).toEqual([]);
  });

  test("package.json exports what is public, and nothing else", () => {
    expect(exportFaults(manifest, house.keys())).toEqual([]);
  });

  test("files are short, named for what they are, licensed, and export by name", () => {
    expect(breaches(written, short)).toEqual([]);
    expect(breaches(products, named)).toEqual([]);
    expect(breaches(licensable, licensed)).toEqual([]);
    expect(breaches(written, explicit)).toEqual([]);
  });
});

// A check that cannot fail says nothing.
describe("the checks", () => {
  const tree = (sources: Record<string, string>) => new Map(Object.entries(sources));

  test.each([
    ["src/any.ts", `import { x } from "./server/store.ts";`],
    ["src/any.ts", `import type {\n  x,\n} from './server/store.ts';`],
    ["src/any.ts", `export { x } from "./filter/parse.ts";`],
    ["src/any.ts", `import "./client/index.ts";`],
    ["src/any.ts", `const x = await import("./client/index.ts");`],
    ["src/any.ts", `let x: import("./client/index.ts").X;`],
    ["gen/google/rpc/status_pb.ts", `import { x } from "../../../src/any.ts";`],
    ["src/server/a.ts", `import { x } from "../node/server.ts";`],
    ["src/server/a.ts", `import { x } from "../client/index.ts";`],
    ["src/stores/sqlite/a.ts", `import { x } from "../postgres/store.ts";`],
    ["src/stores/sqlite/a.ts", `import { x } from "../../node/server.ts";`],
    ["src/cellar/a.ts", `import { x } from "../any.ts";`],
    ["src/any.ts", `import { x } from "./cellar/a.ts";`],
    ["src/node/a.ts", `import { x } from "longrunning/console";`],
  ])("find the fault in %s: %j", (path, source) => {
    expect(misplacedImports(tree({ [path]: source }))).toHaveLength(1);
  });

  test.each([
    ["src/server/a.ts", `import { x } from "./b.ts";\nimport { y } from "../any.ts";`],
    ["src/stores/sqlite/a.ts", `import { x } from "../../server/store.ts";`],
    ["src/node/a.ts", `import { x } from "node:http";`],
    ["src/any.ts", `/**\n * import { x } from "./server/store.ts";\n */`],
    ["src/codegen/a.ts", `f.import("./server/store.ts");`],
  ])("find no fault in %s: %j", (path, source) => {
    expect(misplacedImports(tree({ [path]: source }))).toEqual([]);
  });

  test("find the way to Node, however long", () => {
    const sources = tree({
      "src/testing/index.ts": `import { a } from "../server/a.ts";`,
      "src/server/a.ts": `import { b } from "../b.ts";`,
      "src/b.ts": `import { createHash } from "node:crypto";`,
      "src/client/index.ts": `import type { x } from "libsql";`,
      "src/node/index.ts": `import "node:http";`,
      "src/auth/index.ts": `import "jose";`,
    });
    expect(nodeReaches(sources)).toEqual([
      "src/testing/index.ts -> src/server/a.ts -> src/b.ts -> node:crypto",
      "src/server/a.ts -> src/b.ts -> node:crypto",
      "src/b.ts -> node:crypto",
      "src/client/index.ts -> libsql",
    ]);
  });

  test("find the globals of Node", () => {
    const sources = tree({
      "src/a.ts": "const x = Buffer.from(y);",
      "src/server/b.ts": "// of this process.\n * A Buffer\nif (process.env.X) {}",
      "src/server/c.ts": "/**\n * of this process.\n */",
      "src/node/d.ts": "process.exit()",
    });
    expect(nodeGlobals(sources)).toEqual(["src/a.ts uses Buffer", "src/server/b.ts uses process."]);
  });

  describe("of package.json", () => {
    const paths = [
      ...["src/any.ts", "src/index.ts", "src/operation-service.ts"],
      ...["src/server/index.ts", "src/codegen/plugin.ts"],
    ];
    const conditions = (path: string) => ({
      types: `./dist/${path}.d.ts`,
      default: `./dist/${path}.js`,
    });
    const sound: Manifest = {
      exports: {
        ".": conditions("src/index"),
        "./operation-service": conditions("src/operation-service"),
        "./server": conditions("src/server/index"),
        "./google/*.js": conditions("gen/google/*"),
        "./google/*": conditions("gen/google/*"),
        "./package.json": "./package.json",
      },
      bin: { "protoc-gen-longrunning": "dist/src/codegen/plugin.js" },
    };
    const { "./server": _, ...exportsButServer } = sound.exports;
    const { types, default: module } = conditions("src/index");

    test("find no fault where there is none", () => {
      expect(exportFaults(sound, paths)).toEqual([]);
    });

    test.each<[string, Partial<Manifest>, string[]]>([
      ["a public folder that is not exported", { exports: exportsButServer }, paths],
      [
        "an export of no public module",
        { exports: { ...sound.exports, "./x": "./dist/x.js" } },
        paths,
      ],
      [
        "a private folder that is exported",
        { exports: { ...sound.exports, "./codegen": "" } },
        paths,
      ],
      [
        "conditions in an order that hides the types",
        { exports: { ...sound.exports, ".": { default: module, types } } },
        paths,
      ],
      ["a program without a source", { bin: { x: "dist/src/x.js" } }, paths],
      [
        "an export without a source",
        {},
        [...paths, "src/any.ts"].filter((p) => p !== "src/index.ts"),
      ],
      ["a folder that is neither public nor private", {}, [...paths, "src/cellar/a.ts"]],
    ])("find %s", (_, change, sources) => {
      expect(exportFaults({ ...sound, ...change }, sources)).toHaveLength(1);
    });
  });

  test.each([
    ["find a file that is too long", short, "src/a.ts", "x\n".repeat(401)],
    ["find utils", named, "src/utils.ts", ""],
    ["find types", named, "src/server/types.ts", ""],
    ["find a lib folder", named, "src/lib/a.ts", ""],
    ["find helpers of something", named, "src/string-helpers.ts", ""],
    ["find camel case", named, "src/operationError.ts", ""],
    [
      "find a licence that is not first",
      licensed,
      "src/a.ts",
      "\n// SPDX-License-Identifier: Apache-2.0\n",
    ],
    ["find an export of everything", explicit, "src/a.ts", `export * from "./b.ts";`],
  ])("%s", (_, rule, path, source) => {
    expect(breaches(tree({ [path]: source }), rule)).toHaveLength(1);
  });

  test.each([
    ["accept 400 lines", short, "src/a.ts", "x\n".repeat(400)],
    ["accept a test", named, "src/operation-types.test.ts", ""],
    ["accept a library", named, "src/library.ts", ""],
    [
      "accept a licence after a shebang",
      licensed,
      "src/a.ts",
      "#!/usr/bin/env node\n// SPDX-License-Identifier: Apache-2.0\n",
    ],
    ["accept a licence in SQL", licensed, "src/a.sql", "-- SPDX-License-Identifier: Apache-2.0\n"],
    ["accept an export by name", explicit, "src/a.ts", `export { x } from "./b.ts";`],
  ])("%s", (_, rule, path, source) => {
    expect(breaches(tree({ [path]: source }), rule)).toEqual([]);
  });
});
