// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const readme = read("README.md");
const manifest = JSON.parse(read("package.json")) as {
  exports: Record<string, unknown>;
  scripts: Record<string, string>;
};

// A snippet names the file that it is taken from in a comment before it. Where it leaves lines out,
// it has a line with an ellipsis.
const snippets = [...readme.matchAll(/<!-- from (\S+) -->\n```\w+\n([\s\S]*?)```/g)].map(
  ([, path = "", code = ""]) => ({ path, code }),
);

describe("the README", () => {
  test("has snippets, and at most 150 lines", () => {
    expect(snippets.length).toBeGreaterThanOrEqual(6);
    expect(readme.split("\n").length).toBeLessThanOrEqual(151);
  });

  test("says how to serve and how to test at its top", () => {
    const top = readme.split("\n").slice(0, 20).join("\n");
    expect(top).toContain("npm ci && npm start");
    expect(top).toContain("npm ci && npm test");
  });

  test("shows only typed code that is taken from a file", () => {
    const blocks = [...readme.matchAll(/^```(?:ts|proto|yaml)$/gm)];
    expect(blocks).toHaveLength(snippets.length);
  });

  test.each(snippets)("shows $path as it is", ({ path, code }) => {
    const lines = (text: string) => text.split("\n").map((line) => line.trim());
    const source = lines(read(path)).filter((line) => line !== "");
    let from = 0;
    let gap = true;
    for (const line of lines(code).filter((line) => line !== "")) {
      if (/^(?:\/\/|#) …/.test(line)) {
        gap = true;
        continue;
      }
      const found = source.indexOf(line, from);
      expect(found, `"${line}" in ${path}`).toBeGreaterThanOrEqual(0);
      expect(gap || found === from, `"${line}" right after the line before, in ${path}`).toBe(true);
      from = found + 1;
      gap = false;
    }
  });

  test("names every subpath, and no other", () => {
    const named = [...readme.matchAll(/^\| `(longrunning[^`]*)`/gm)].map(([, path = ""]) => path);
    const exported = Object.keys(manifest.exports)
      .filter((path) => path !== "./package.json" && !path.endsWith(".js"))
      .map((path) => path.replace(/^\./, "longrunning").replace("/*", "/…"));
    expect(named.sort()).toEqual(exported.sort());
  });

  test("names only scripts that exist", () => {
    for (const [, script = ""] of readme.matchAll(/npm run ([\w:]+)/g)) {
      expect(Object.keys(manifest.scripts)).toContain(script);
    }
  });
});
