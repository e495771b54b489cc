// SPDX-License-Identifier: Apache-2.0

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The plugin as it is shipped, compiled from the sources as they stand. */
export interface CompiledPlugin extends Disposable {
  /** To be run by Node. */
  readonly path: string;
}

/** Compiles `buf-plugin-longrunning`, for buf to start it as often as it likes. */
export function compilePlugin(): CompiledPlugin {
  const directory = mkdtempSync(join(tmpdir(), "longrunning-lint-"));
  const dispose = () => rmSync(directory, { recursive: true });
  try {
    symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
    writeFileSync(join(directory, "package.json"), `{"type": "module"}`);
    const config = {
      extends: join(root, "tsconfig.build.json"),
      compilerOptions: {
        rootDir: root,
        outDir: join(directory, "dist"),
        typeRoots: [join(root, "node_modules/@types")],
        noCheck: true,
      },
      include: [],
      files: [join(root, "src/codegen/buf-plugin-longrunning.ts")],
    };
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
    execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", directory], { cwd: root });
    const path = join(directory, "dist/src/codegen/buf-plugin-longrunning.js");
    return { path, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
