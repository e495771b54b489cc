// SPDX-License-Identifier: Apache-2.0

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ruleIds, rules } from "../../../src/codegen/lint/rules.ts";
import { type LintedLine, lintSources } from "./buf.ts";
import { type CompiledPlugin, compilePlugin } from "./compiled-plugin.ts";

// Each fixture says what is found in it, on the line where it is found, or on the line above.
const directory = fileURLToPath(new URL("fixtures/", import.meta.url));
const fixtures: Record<string, string> = Object.fromEntries(
  readdirSync(directory).map((name) => [
    `fixtures/${name}`,
    readFileSync(`${directory}${name}`, "utf8"),
  ]),
);

const documentation = readFileSync(new URL("../../../docs/lint.md", import.meta.url), "utf8");

let plugin: CompiledPlugin;
let found: readonly LintedLine[];
let foundWhereIgnored: readonly LintedLine[];

beforeAll(() => {
  plugin = compilePlugin();
  found = lint(fixtures);
  const ignored = ruleIds.map((id) => [pathOf(id), ignoring(id, sourceOf(id))]);
  foundWhereIgnored = lint({ ...fixtures, ...Object.fromEntries(ignored) });
}, 60_000);

afterAll(() => plugin[Symbol.dispose]());

describe.each(ruleIds)("%s", (id) => {
  test("finds what its fixture says, and nothing else in it", () => {
    const expected = expectedIn(sourceOf(id));
    expect(expected.length).toBeGreaterThan(0);
    expect(linesIn(found, id)).toEqual(expected);
  });

  test("can be ignored, by a comment, where it finds something", () => {
    expect(linesIn(foundWhereIgnored, id)).toEqual([]);
  });

  test("has a purpose that buf accepts", () => {
    expect(rules[id]).toMatch(/^Checks that .{1,240}\.$/);
  });

  test("is in the documentation", () => {
    expect(documentation).toContain(`| \`${id}\` |`);
  });

  test("is not the beginning of another: a comment that ignores that would ignore it, too", () => {
    expect(ruleIds.filter((other) => other.startsWith(id))).toHaveLength(1);
  });
});

test("nothing is found where nothing is wrong", () => {
  expect(found.filter(({ path }) => path === "fixtures/clean.proto")).toEqual([]);
});

function lint(sources: Readonly<Record<string, string>>): LintedLine[] {
  return lintSources(sources, {
    version: "v2",
    lint: { use: ["AIP"] },
    plugins: [{ plugin: [process.execPath, plugin.path] }],
  });
}

function pathOf(id: string): string {
  return `fixtures/${id.toLowerCase()}.proto`;
}

function sourceOf(id: string): string {
  return fixtures[pathOf(id)] ?? "";
}

function ignoring(id: string, source: string): string {
  return source.replaceAll(
    /^ *(?=rpc |string request_id )/gm,
    (indent) => `${indent}// buf:lint:ignore ${id}\n${indent}`,
  );
}

function expectedIn(source: string): string[] {
  return source.split("\n").flatMap((line, index) => {
    const [, below, message] = /\/\/ lint( below)?: (.*)$/.exec(line) ?? [];
    const number = below === undefined ? index + 1 : index + 2;
    return message === undefined ? [] : [`${number}: ${message}`];
  });
}

function linesIn(lines: readonly LintedLine[], id: string): string[] {
  return lines
    .filter(({ path, rule }) => path === pathOf(id) && rule === id)
    .map(({ line, message }) => `${line}: ${message.replace(/in \d+ files/, "in N files")}`);
}
