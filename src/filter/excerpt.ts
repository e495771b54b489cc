// SPDX-License-Identifier: Apache-2.0

const longest = 40;

/**
 * A piece of a filter for an error message: quoted, at most 40 characters of it, and nothing in it
 * that does not print.
 */
export function excerpt(text: string): string {
  const characters = [...text.slice(0, 2 * longest + 2)];
  const shown = characters.length > longest ? `${characters.slice(0, longest).join("")}…` : text;
  return `"${shown.replace(/["\\]/g, "\\$&").replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped)}"`;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
