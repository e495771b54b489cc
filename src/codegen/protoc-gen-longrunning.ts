#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0

import { createRequire } from "node:module";

const writeLine = (line: string): void => {
  process.stderr.write(`protoc-gen-longrunning: ${line}\n`);
};

try {
  // An optional peer: only those who generate code need it.
  if (!isInstalled("@bufbuild/protoplugin")) {
    throw new Error("@bufbuild/protoplugin is not installed: npm i -D @bufbuild/protoplugin");
  }
  const { run } = await import("./run.ts");
  await run(process.argv.slice(2), writeLine);
} catch (error) {
  writeLine(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

function isInstalled(module: string): boolean {
  try {
    createRequire(import.meta.url).resolve(module);
    return true;
  } catch {
    return false;
  }
}
