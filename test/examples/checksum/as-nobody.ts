// SPDX-License-Identifier: Apache-2.0

/** Somebody whom permissions hinder, where the tests run as root; undefined where they do not. */
export const nobody: number | undefined = process.geteuid?.() === 0 ? 65534 : undefined;

/** Runs something without the rights of root. */
export async function asNobody<T>(run: () => Promise<T>): Promise<T> {
  if (nobody === undefined) {
    return run();
  }
  process.seteuid?.(nobody);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
  }
}
