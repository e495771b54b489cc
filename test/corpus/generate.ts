// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { root, type Workspace } from "./workspace.ts";

interface Generation {
  /** Where the descriptors are. */
  readonly image: string;
  /** The generator, as a command line. */
  readonly plugin: readonly string[];
  /** What buf shows the generator at once. */
  readonly strategy: "all" | "directory";
  /** The folders to generate for. Default: all. */
  readonly folders?: readonly string[];
}

export const protocGenEs: readonly string[] = [join(root, "node_modules/.bin/protoc-gen-es")];

export const protocGenLongrunning: readonly string[] = [
  process.execPath,
  join(root, "dist/src/codegen/protoc-gen-longrunning.js"),
];

/**
 * Generates code for every target into a folder of the workspace.
 *
 * @returns what the generator wrote to stderr.
 */
export function generate(
  workspace: Workspace,
  out: string,
  { image, plugin, strategy, folders = [] }: Generation,
): Promise<string> {
  const template = {
    version: "v2",
    plugins: [
      {
        local: plugin,
        out,
        strategy,
        opt: ["target=ts+js+dts", "import_extension=js"],
      },
    ],
  };
  const args = ["--template", JSON.stringify(template)];
  const paths = folders.flatMap((folder) => ["--path", folder]);
  return workspace.run("buf", ["generate", image, ...args, ...paths]);
}
