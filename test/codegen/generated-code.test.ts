// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createProject, type GeneratedProject } from "./generated-project.ts";
import { longRunning } from "./run-plugin.ts";

// Names that JavaScript, its objects or this package have for something else.
const awkward = `
  edition = "2023";
  package awkward.v1;
  import "google/longrunning/operations.proto";
  message Request {}
  message delete {}
  message default {}
  message constructor {}
  message arguments {}
  message Object {}
  message Promise {}
  message Book { message Draft {} }
  message Book_Draft {}
  message OperationTypes {}
  message operationService {}
  service function {
    ${longRunning("Delete", { response: "delete", metadata: "default" })}
    ${longRunning("Default", { response: "default", metadata: "constructor" })}
    ${longRunning("Constructor", { response: "constructor", metadata: "arguments" })}
    ${longRunning("Arguments", { response: "arguments", metadata: "Object" })}
    ${longRunning("ToString", { response: "Promise", metadata: "OperationTypes" })}
    ${longRunning("ToJSON", { response: "operationService", metadata: "Book" })}
    ${longRunning("ValueOf", { response: "awkward.v1.Book.Draft", metadata: "Book_Draft" })}
    ${longRunning("HasOwnProperty", { response: "Book", metadata: "Book" })}
    ${longRunning("Operations", { response: "Book", metadata: "Book" })}
    ${longRunning("snake_case", { response: "Book", metadata: "Book" })}
  }
  service functionOperations {
    ${longRunning("Delete", { response: "Book", metadata: "Book" })}
  }
  service new {
    ${longRunning("Delete", { response: "Book", metadata: "Book" })}
  }`;

const picked = {
  functionOperations: {
    delete: "delete default",
    default: "default constructor",
    constructor$: "constructor arguments",
    arguments: "arguments Object",
    toString$: "Promise OperationTypes",
    toJSON$: "operationService Book",
    valueOf$: "Draft Book_Draft",
    hasOwnProperty: "Book Book",
    operations: "Book Book",
    snake_case: "Book Book",
  },
  functionOperationsOperations: { delete: "Book Book" },
  newOperations: { delete: "Book Book" },
};

const printPicked = `
  const picked = Object.entries(module).map(([name, { operations }]) => [
    name,
    Object.fromEntries(
      Object.entries(operations).map(([method, types]) => [
        method,
        types.response.name + " " + types.metadata.name,
      ]),
    ),
  ]);
  console.log(JSON.stringify(Object.fromEntries(picked)));`;

// Several compilers and generators, one after the other.
const timeoutMs = 120_000;

const strict = {
  strict: true,
  noUnusedLocals: true,
  verbatimModuleSyntax: true,
  isolatedDeclarations: true,
  declaration: true,
  target: "es2023",
  types: [],
};

async function compile(project: GeneratedProject, options: object): Promise<void> {
  const compilerOptions = { ...strict, ...options };
  project.write("tsconfig.json", JSON.stringify({ compilerOptions, include: ["gen"] }));
  await project.run("tsc", ["-p", "tsconfig.json"]);
}

test(
  "names that mean something else in JavaScript compile, and stand for the right types",
  async () => {
    using project = createProject();
    project.write("proto/awkward.proto", awkward);
    await project.generate(["target=ts", "import_extension=js"]);
    await compile(project, { module: "nodenext", rootDir: "gen", outDir: "out" });
    project.write(
      "print.js",
      `import * as module from "./out/awkward_longrunning.js";${printPicked}`,
    );
    expect(JSON.parse(await project.run("node", ["print.js"]))).toEqual(picked);
  },
  timeoutMs,
);

test(
  "js_import_style=legacy_commonjs runs, with its declarations",
  async () => {
    using project = createProject();
    project.write("proto/awkward.proto", awkward);
    await project.generate([
      "target=js+dts",
      "import_extension=js",
      "js_import_style=legacy_commonjs",
    ]);
    project.write("gen/package.json", JSON.stringify({ type: "commonjs" }));
    project.write(
      "print.cjs",
      `const module_ = require("./gen/awkward_longrunning.js");${printPicked.replace("(module)", "(module_)")}`,
    );
    expect(JSON.parse(await project.run("node", ["print.cjs"]))).toEqual(picked);
    await compile(project, { module: "nodenext", noEmit: true });
  },
  timeoutMs,
);
