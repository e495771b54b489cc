#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0

const writeLine = (line: string): void => {
  process.stderr.write(`protoc-gen-longrunning: ${line}\n`);
};

try {
  // An optional peer: only those who generate code need it.
  const { runNodeJs } = await import("@bufbuild/protoplugin");
  const { longrunningPlugin } = await import("./plugin.ts");
  runNodeJs(longrunningPlugin(writeLine));
} catch (error) {
  if (!(error instanceof Error && error.message.includes("'@bufbuild/protoplugin'"))) {
    throw error;
  }
  writeLine("@bufbuild/protoplugin is not installed: npm i -D @bufbuild/protoplugin");
  process.exitCode = 1;
}
