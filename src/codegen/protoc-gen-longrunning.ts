#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0

const writeLine = (line: string) => {
  process.stderr.write(`protoc-gen-longrunning: ${line}\n`);
};

try {
  // An optional peer, so that only those who generate code install it.
  const { runNodeJs } = await import("@bufbuild/protoplugin");
  const { longrunningPlugin } = await import("./plugin.ts");
  runNodeJs(longrunningPlugin(writeLine));
} catch (error) {
  if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) {
    throw error;
  }
  writeLine("needs @bufbuild/protoplugin, which is not installed: npm i -D @bufbuild/protoplugin");
  process.exitCode = 1;
}
