// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What anyone can check the digest of a tree with. */
const pipeline =
  "find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs -r -d '\\n' sha256sum | sha256sum";

/** The same for names of all kinds. */
export const pipelineForAnyName: string =
  "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -r -0 sha256sum -- | sha256sum";

/** The digest of a tree, by the shell. */
export async function shellDigest(
  directory: string,
  options: { readonly command?: string; readonly uid?: number } = {},
): Promise<string> {
  const { command = pipeline, ...rest } = options;
  const { stdout } = await promisify(execFile)("sh", ["-c", command], { cwd: directory, ...rest });
  return stdout.slice(0, 64);
}
