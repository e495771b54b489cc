// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { readText, snippetsIn, typedBlocksIn, untrueLines } from "./snippets.ts";

const readme = readText("README.md");
const snippets = snippetsIn(readme);
const manifest = JSON.parse(readText("package.json")) as {
  exports: Record<string, unknown>;
  scripts: Record<string, string>;
};

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
    expect(typedBlocksIn(readme)).toBe(snippets.length);
  });

  test.each(snippets)("shows $path as it is", (snippet) => {
    expect(untrueLines(snippet)).toEqual([]);
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
