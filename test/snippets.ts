// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A snippet of a document, with the file that it says it is taken from. */
export interface Snippet {
  readonly path: string;
  readonly code: string;
}

/** Reads a file by its path from the root of the repository. */
export function readText(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), "utf8");
}

/** The snippets that name their file in a comment before them. */
export function snippetsIn(document: string): Snippet[] {
  return [...document.matchAll(/<!-- from (\S+) -->\n```\w+\n([\s\S]*?)```/g)].map(
    ([, path = "", code = ""]) => ({ path, code }),
  );
}

/** How many blocks of a document are code or configuration, which has to be taken from a file. */
export function typedBlocksIn(document: string): number {
  return [...document.matchAll(/^```(?:ts|proto|yaml)$/gm)].length;
}

/**
 * What a snippet shows that its file does not hold, or not in this order. Where it leaves lines out,
 * it has a line with an ellipsis.
 */
export function untrueLines({ path, code }: Snippet): string[] {
  const linesOf = (text: string) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  const source = linesOf(readText(path));
  const untrue: string[] = [];
  let from = 0;
  let gap = true;
  for (const line of linesOf(code)) {
    if (/^(?:\/\/|#) …/.test(line)) {
      gap = true;
      continue;
    }
    const found = source.indexOf(line, from);
    if (found < 0 || (!gap && found !== from)) {
      untrue.push(line);
      continue;
    }
    from = found + 1;
    gap = false;
  }
  return untrue;
}
