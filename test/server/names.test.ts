// SPDX-License-Identifier: Apache-2.0

import { array, assert, constantFrom, property, string } from "fast-check";
import { expect, test } from "vitest";
import { isOperationName, newOperationName, parentOf } from "../../src/server/names.ts";

const segment = string({ minLength: 1, maxLength: 8 }).filter((text) => !text.includes("/"));
const parents = array(segment, { maxLength: 6 })
  .filter(({ length }) => length % 2 === 0)
  .map((segments) => segments.join("/"));

test("a new name is one of an operation, and like no other", () => {
  const names = Array.from({ length: 10_000 }, newOperationName);
  expect(new Set(names).size).toBe(names.length);
  expect(names.every((name) => /^operations\/[a-z2-7]{26}$/.test(name))).toBe(true);
  expect(names.every(isOperationName)).toBe(true);
});

test("every character of an id is as likely as any other", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    for (const character of newOperationName().slice("operations/".length)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
  }
  const expected = (10_000 * 26) / 32;
  expect(counts.size).toBe(32);
  for (const count of counts.values()) {
    // Six standard deviations.
    expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected));
  }
});

test("an operation may stand under any parent, and have any id", () => {
  assert(
    property(parents, segment, (parent, id) => {
      const name = parent === "" ? `operations/${id}` : `${parent}/operations/${id}`;
      expect(isOperationName(name)).toBe(true);
    }),
  );
});

test.each([
  "",
  "operations",
  "operations/",
  "/operations/a",
  "operations//a",
  "operations/a/",
  "operations/a/b",
  "Operations/a",
  "projects/operations/a",
  "projects//operations/a",
  "projects/p/locations/operations/a",
  "projects/p/operation/a",
  "v1/operations/a/wait",
])("%j is no operation's name", (name) => {
  expect(isOperationName(name)).toBe(false);
});

test("operations are listed by their parent, or by its collection", () => {
  assert(
    property(parents, constantFrom("", "operations"), (parent, collection) => {
      const name = [parent, collection].filter((part) => part !== "").join("/");
      expect(parentOf(name)).toBe(parent.replace(/(^|\/)operations$/, ""));
    }),
  );
});

test.each([
  "/",
  "/operations",
  "operations/",
  "projects",
  "projects/",
  "projects/p/",
  "projects//operations",
  "projects/operations",
  "projects/p/locations",
  "projects/p//operations",
])("%j has no operations to list", (name) => {
  expect(parentOf(name)).toBeUndefined();
});

test("a name has at most 1024 characters", () => {
  const longest = `operations/${"a".repeat(1_024 - "operations/".length)}`;
  expect(isOperationName(longest)).toBe(true);
  expect(isOperationName(`${longest}a`)).toBe(false);
  expect(parentOf(`a/${"b".repeat(1_022)}`)).toBeDefined();
  expect(parentOf(`a/${"b".repeat(1_023)}`)).toBeUndefined();
});
