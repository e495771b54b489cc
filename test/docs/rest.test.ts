// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { readText, snippetsIn, typedBlocksIn, untrueLines } from "../snippets.ts";

const document = readText("docs/rest.md");

describe("the document", () => {
  test("is not long, and shows no code that is not taken from a file", () => {
    expect(document.split("\n").length).toBeLessThanOrEqual(150);
    expect(snippetsIn(document).length).toBeGreaterThanOrEqual(2);
    expect(typedBlocksIn(document)).toBe(snippetsIn(document).length);
  });

  test.each(snippetsIn(document))("shows $path as it is", (snippet) => {
    expect(untrueLines(snippet)).toEqual([]);
  });
});
