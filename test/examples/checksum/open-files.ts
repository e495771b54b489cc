// SPDX-License-Identifier: Apache-2.0

import { readdir, readlink } from "node:fs/promises";

/** The files and directories below a directory that this process holds open. */
export async function openFiles(directory: string): Promise<string[]> {
  const descriptors = await readdir("/proc/self/fd");
  const targets = await Promise.all(
    descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")),
  );
  return targets.filter((target) => target.startsWith(directory));
}
