// SPDX-License-Identifier: Apache-2.0

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ruleIds } from "../../src/codegen/lint/rules.ts";
import { readText } from "../snippets.ts";

const document = readText("docs/conformance.md");
const aips = ["151", "155", "158", "160", "163", "193", "194", "211", "217"];
const reasons = [...readText("src/error-reason.ts").matchAll(/^ {2}(\w+): +Code\.(\w+);$/gm)].map(
  ([, reason = "", code = ""]) => ({ reason, code }),
);

interface Row {
  readonly aip: string;
  readonly asked: string;
  readonly done: string;
  readonly shown: readonly string[];
}

const rows = document.split(/^## AIP-/m).flatMap((section): Row[] => {
  const [, , ...lines] = section.match(/^\|.*$/gm) ?? [];
  return lines.map((line) => {
    const [asked = "", done = "", shown = "", ...rest] = line.slice(2, -2).split(" | ");
    expect(rest, line).toEqual([]);
    return { aip: section.slice(0, 3), asked, done, shown: shown.split("<br>") };
  });
});

/** What is wrong with a reference to a test, if anything. */
function problemOf(reference: string): string | undefined {
  const [, text = "", path = "", title = ""] =
    /^\[([\w/-]+)\]\(\.\.\/(test\/[\w/-]+\.test\.ts)\) `([^`]+)`$/.exec(reference) ?? [];
  if (path !== `test/${text}.test.ts`) {
    return `${reference} is no reference to a test`;
  }
  if (!existsSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)))) {
    return `there is no ${path}`;
  }
  return holds(readText(path), title) ? undefined : `${path} has no test "${title}"`;
}

// What begins a test, or a group: a call of test or describe, of what their each() gives, or of one
// of the functions in test/filter that make a group of a table.
const title =
  /^(?!.*\.(?:skip|todo)\b) *(?:(?:test|describe|holds|refused)(?:\.\w+)*\(|.*\)\()\s*(["'`])((?:\\.|(?!\1)[^\\\n])+)\1,/gm;

/** Whether a test, or a group, has a title, under the titles of the groups that it stands in. */
function holds(source: string, path: string): boolean {
  const titles = [...source.matchAll(title)].map(([, , text = ""]) => text);
  let from = 0;
  return path.split(" › ").every((part) => {
    const at = titles.indexOf(part, from);
    from = at + 1;
    return at >= 0;
  });
}

test.each(aips)("AIP-%s has its rows", (aip) => {
  expect(rows.filter((row) => row.aip === aip).length).toBeGreaterThanOrEqual(4);
  expect(document).toContain(`](https://google.aip.dev/${aip})`);
});

test("there are no others", () => {
  expect([...new Set(rows.map(({ aip }) => aip))]).toEqual(aips);
});

describe.each(rows)("AIP-$aip, $asked", ({ asked, done, shown }) => {
  test("says what is asked, and what is done", () => {
    expect(asked).toMatch(/^(?:MUST|SHOULD)(?: NOT)?: /);
    expect(done).not.toBe("");
  });

  test.each(shown)("is shown by %s", (reference) => {
    expect(problemOf(reference)).toBeUndefined();
  });
});

test("what is not there is not taken for a test", () => {
  const path = "(../test/docs/conformance.test.ts)";
  expect(problemOf(`[docs/conformance]${path} \`there are no others\``)).toBeUndefined();
  for (const wrong of [
    "there are no others",
    "[docs/conformance](../test/docs/conformance.test.ts)",
    "[docs/elsewhere](../test/docs/elsewhere.test.ts) `there are no others`",
    `[docs/errors]${path} \`there are no others\``,
    `[docs/conformance]${path} \`there are no\``,
    `[docs/conformance]${path} \`a comment, not a test\``,
    `[docs/conformance]${path} \`there are no others › AIP-%s has its rows\``,
  ]) {
    expect(problemOf(wrong), wrong).toBeDefined();
  }
  for (const source of [
    '// test("a", () => {',
    'test.skip("a", () => {',
    'test.todo.each([1])("a", () => {',
    'test.each([\n  "a",\n])("b", () => {',
    'f("a", 1);',
    'test("ab", () => {',
  ]) {
    expect(holds(source, "a"), source).toBe(false);
  }
  for (const source of [
    'test("a", () => {',
    '  test.each([1])("a", (n) => {',
    'test.each([\n  "b",\n])("a", async () => {',
    'test.each(all)(\n  "a",\n  async () => {',
    'holds("a", [',
  ]) {
    expect(holds(source, "a"), source).toBe(true);
  }
});

test("it names no reason and no rule that there is not", () => {
  const known = new Set([...ruleIds, ...reasons.map(({ reason }) => reason)]);
  const named = [...document.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name = ""]) => name);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !(known as Set<string>).has(name))).toEqual([]);
});

test("UNAVAILABLE is for what passes", () => {
  const transient = reasons.filter(({ code }) => code === "Unavailable");
  expect(transient.map(({ reason }) => reason)).toEqual(["DATABASE_LOCKED", "SHUTTING_DOWN"]);
});
