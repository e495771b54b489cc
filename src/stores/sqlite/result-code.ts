// SPDX-License-Identifier: Apache-2.0

// better-sqlite3 and libsql name SQLite's result code in an error's `code`; node:sqlite gives its
// number in `errcode`.
const resultCodes = {
  SQLITE_BUSY: 5,
  SQLITE_READONLY: 8,
  SQLITE_CORRUPT: 11,
  SQLITE_CANTOPEN: 14,
  SQLITE_NOTADB: 26,
  SQLITE_CONSTRAINT_PRIMARYKEY: 1555,
  SQLITE_CONSTRAINT_UNIQUE: 2067,
} as const;

/** Whether an error has this SQLite result code, or one that extends it. */
export function hasResultCode(error: unknown, name: keyof typeof resultCodes): boolean {
  const { code, errcode } = (error ?? {}) as {
    readonly code?: unknown;
    readonly errcode?: unknown;
  };
  if (typeof errcode === "number") {
    return errcode === resultCodes[name] || (errcode & 0xff) === resultCodes[name];
  }
  return typeof code === "string" && (code === name || code.startsWith(`${name}_`));
}
