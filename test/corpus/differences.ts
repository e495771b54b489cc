// SPDX-License-Identifier: Apache-2.0

/** In what two maps differ, a line for each key. */
export function differences(
  expected: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
): string[] {
  const keys = new Set([...expected.keys(), ...actual.keys()]);
  return [...keys]
    .filter((key) => expected.get(key) !== actual.get(key))
    .map((key) => `${key}: expected ${shown(expected.get(key))}, got ${shown(actual.get(key))}`);
}

const shownLength = 200;

function shown(value: string | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value.slice(0, shownLength));
}
