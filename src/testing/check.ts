// SPDX-License-Identifier: Apache-2.0

/** @throws Error that says what differs, unless the two are equal: plain data, and bytes. */
export function checkEqual<T>(actual: T, expected: T, what: string): void {
  const [got, wanted] = [print(actual), print(expected)];
  if (got !== wanted) {
    throw new Error(`${what}: expected ${wanted}, got ${got}`);
  }
}

/** @throws Error unless the promise is rejected with an Error. */
export async function checkRejects(promise: Promise<unknown>, what: string): Promise<void> {
  let reason: unknown;
  try {
    await promise;
  } catch (error) {
    reason = error;
  }
  if (!(reason instanceof Error)) {
    throw new Error(`${what}: expected it to be rejected with an Error`);
  }
}

/** Gives the value back. @throws Error if there is none. */
export function checkDefined<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new Error(`${what}: expected it to be there`);
  }
  return value;
}

/** Keys in order, without those that are undefined; bytes as hexadecimal digits. */
function print(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) => {
      if (part instanceof Uint8Array) {
        const digits = Array.from(part, (byte) => byte.toString(16).padStart(2, "0"));
        return `bytes ${digits.join("")}`;
      }
      if (typeof part === "object" && part !== null && !Array.isArray(part)) {
        return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
      }
      return part;
    }) ?? "undefined"
  );
}
