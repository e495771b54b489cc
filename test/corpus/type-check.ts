// SPDX-License-Identifier: Apache-2.0

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Workspace } from "./workspace.ts";

const strictest = {
  target: "es2023",
  module: "nodenext",
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  verbatimModuleSyntax: true,
  isolatedDeclarations: true,
  declaration: true,
  skipLibCheck: false,
};

/**
 * Compiles all TypeScript below a folder to another.
 *
 * @throws Error that lists what the compiler does not accept.
 */
export async function typeCheck(workspace: Workspace, from: string, to: string): Promise<void> {
  const name = `tsconfig.${from}.json`;
  const config = { compilerOptions: { ...strictest, rootDir: from, outDir: to }, include: [from] };
  writeFileSync(join(workspace.directory, name), JSON.stringify(config));
  await workspace.run("tsc", ["-p", name]);
}
