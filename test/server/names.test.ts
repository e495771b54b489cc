// SPDX-License-Identifier: Apache-2.0

import { array, assert, constantFrom, property, string } from "fast-check";
import { expect, test } from "vitest";
import {
  canBeParent,
  isOperationName,
  newOperationId,
  operationIdOf,
  operationName,
  parentOf,
} from "../../src/server/names.ts";

const segment = string({ minLength: 1, maxLength: 8, unit: "binary" })
  .map((text) => text.replaceAll(/[\p{Cc}/]/gu, "a"))
  .filter((text) => text !== "");
const parents = array(segment, { maxLength: 6 })
  .filter(({ length }) => length % 2 === 0)
  .map((segments) => segments.join("/"));

test("a new id makes the name of an operation, and is like no other", () => {
  const ids = Array.from({ length: 10_000 }, newOperationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^[a-z2-7]{26}$/.test(id))).toBe(true);
  expect(ids.every((id) => isOperationName(operationName("", id)))).toBe(true);
});

test("an id may be made of bytes, five bits of each", () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i + 32 * (i % 8));
  expect(operationIdOf(bytes)).toBe("abcdefghijklmnopqrstuvwxyz");
});

test("every character of an id is as likely as any other", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    for (const character of newOperationId()) {
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
      expect(isOperationName(operationName(parent, id))).toBe(true);
      expect(canBeParent(parent)).toBe(true);
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
  "operations/a\0",
  "operations/a\nb",
  "operations/\ud800",
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

test.each(["/", "projects", "projects/", "/p", "projects//p", "projects/p/", "projects/p\n"])(
  "%j is no parent",
  (name) => {
    expect(canBeParent(name)).toBe(false);
  },
);

test("a name has at most 1024 characters", () => {
  const longest = `operations/${"a".repeat(1_024 - "operations/".length)}`;
  expect(isOperationName(longest)).toBe(true);
  expect(isOperationName(`${longest}a`)).toBe(false);
  expect(parentOf(`a/${"b".repeat(1_022)}`)).toBeDefined();
  expect(parentOf(`a/${"b".repeat(1_023)}`)).toBeUndefined();
});

test("a parent leaves room for the names of its operations", () => {
  const longest = `a/${"b".repeat(1_024 - "/operations/".length - 26 - "a/".length)}`;
  expect(canBeParent(longest)).toBe(true);
  expect(operationName(longest, newOperationId())).toHaveLength(1_024);
  expect(canBeParent(`${longest}b`)).toBe(false);
});
