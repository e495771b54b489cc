// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import {
  checkFilter,
  maxFilterDepth,
  maxFilterLength,
  maxFilterTerms,
  parseFilter,
} from "../../src/filter/index.ts";
import { readText } from "../snippets.ts";
import { Reindex, refusal } from "./library.ts";

const document = readText("docs/filtering.md");
const metadata = [Reindex];

/** The rows of the table under a heading. */
function rowsUnder(heading: string): string[][] {
  const [, section = ""] = document.split(`## ${heading}\n`);
  const [, , ...rows] = section.split("\n## ")[0]?.match(/^\|.*\|$/gm) ?? [];
  return rows.map((row) => row.slice(2, -2).split(" | "));
}

const codeIn = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

describe("docs/filtering.md", () => {
  const accepted = rowsUnder("The grammar by example").flatMap(([filters]) => codeIn(filters));
  test.each(accepted)("%s is accepted", (filter) => {
    expect(() => checkFilter(parseFilter(filter), { metadata })).not.toThrow();
  });

  const refused = rowsUnder("What is refused").map(([filter, error]) => [codeIn(filter)[0], error]);
  test.each(refused)("%s is refused", (filter = "", error) => {
    expect(refusal(filter, metadata).message).toBe(error);
  });

  const fields = rowsUnder("What may be filtered").flatMap(([field]) => codeIn(field));
  test.each(fields)("%s is a field", (field) => {
    const filter = `${field.replace("<path>", "progress.stage")}:*`;
    expect(() => checkFilter(parseFilter(filter), { metadata })).not.toThrow();
  });

  test("has such tables", () => {
    expect([accepted.length, refused.length, fields.length]).toEqual([19, 9, 8]);
  });

  test("names the limits", () => {
    const [, limits = ""] = document.split("## Limits\n");
    expect(
      limits
        .match(/\d+(?!-)\b/g)
        ?.filter((number) => number !== "16")
        .map(Number),
    ).toEqual([maxFilterLength, maxFilterTerms, maxFilterDepth, maxFilterDepth]);
  });
});
