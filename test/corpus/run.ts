// SPDX-License-Identifier: Apache-2.0

// npm run corpus [-- --sample]
//
// Generates code for every long-running method of Google's published APIs, or for some of every kind,
// and checks it against the descriptors: TypeScript accepts all of it, and every operation has the
// types that its method names.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { census } from "./census.ts";
import { declaredOperations } from "./declared-operations.ts";
import { differences } from "./differences.ts";
import { moveFiles, readFiles } from "./file-tree.ts";
import { generate, protocGenEs, protocGenLongrunning } from "./generate.ts";
import { readImage } from "./image.ts";
import { importGraph } from "./import-graph.ts";
import { declaredTypes, extentOf, pickedTypes } from "./picked-types.ts";
import { sampleOf } from "./sample.ts";
import { selectionOf } from "./selection.ts";
import { typeCheck } from "./type-check.ts";
import { declaredWarnings, printedWarnings } from "./warnings.ts";
import { compileProtos, createWorkspace, protos } from "./workspace.ts";

const { values: flags } = parseArgs({ options: { sample: { type: "boolean", default: false } } });
using workspace = createWorkspace();
const at = (path: string) => join(workspace.directory, path);
const { version } = JSON.parse(readFileSync(join(protos, "package.json"), "utf8"));
print(`google-proto-files ${version}`);

await step("compile the protos", () => compileProtos(workspace, at("corpus.binpb")));
const image = await step("read the descriptors", () => readImage(at("corpus.binpb")));
const imports = importGraph(image.files);
const published = declaredOperations(image.files);
const { files, operations } = selectionOf(
  flags.sample ? sampleOf(published, imports) : published.map(({ file }) => file.name),
  published,
  imports,
);
image.write(at("sample.binpb"), files, { comments: true });
image.write(at("messages.binpb"), files, { comments: false });

const plugin = {
  image: flags.sample ? "sample.binpb" : "corpus.binpb",
  plugin: protocGenLongrunning,
};
const folders = [...new Set(operations.map(({ file }) => dirname(file.name)))];
const stderrs = await step("generate", () =>
  Promise.all([
    generate(workspace, "all", { ...plugin, strategy: "all" }),
    generate(workspace, "directory", { ...plugin, strategy: "directory", folders }),
    generate(workspace, "messages", {
      image: "messages.binpb",
      plugin: protocGenEs,
      strategy: "all",
    }),
  ]),
);
const warnings = stderrs.slice(0, 2).map(printedWarnings);
const generated = { all: readFiles(at("all")), directory: readFiles(at("directory")) };

// TypeScript prefers sources to declarations, so that each target needs a folder of its own.
const isSource = (path: string) => path.endsWith(".ts") && !path.endsWith(".d.ts");
for (const folder of ["all", "messages"]) {
  moveFiles(at(folder), (path) => at(isSource(path) ? "ts" : "js"));
}
await step("type-check ts", () => typeCheck(workspace, "ts", "compiled"));
await step("type-check js+dts", () => typeCheck(workspace, "js", "unused"));

const declared = declaredTypes(operations);
const fromTs = await step("import ts", () => pickedTypes(at("compiled")));
const fromJs = await step("import js", () => pickedTypes(at("js")));

const { lines, faults } = census(published, operations, imports);
const allFaults = [
  ...faults,
  ...differences(generated.all, generated.directory),
  ...warnings.flatMap((printed) => differences(declaredWarnings(operations), printed)),
  ...differences(declared, fromTs),
  ...differences(declared, fromJs),
];

print("", `${image.files.length} files, of them`, ...lines, "");
print(`declared             ${extentOf(declared)}`);
print(`generated, ts        ${extentOf(fromTs)}`);
print(`generated, js+dts    ${extentOf(fromJs)}`);
print("", ...allFaults, `${allFaults.length} faults`);
process.exitCode = allFaults.length === 0 ? 0 : 1;

async function step<Value>(name: string, work: () => Value | Promise<Value>): Promise<Value> {
  const startMs = performance.now();
  const value = await work();
  print(`${name}: ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  return value;
}

function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
