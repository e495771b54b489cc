// SPDX-License-Identifier: Apache-2.0

const longest = 64;

/**
 * The name that somebody who wrote `name` may have meant: one that differs in at most a third of its
 * letters, and in no more than two; case and underscores do not count, so that a JSON name finds its
 * field.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const written = bare(name);
  let best: string | undefined;
  let least = Math.min(2, Math.floor(written.length / 3)) + 1;
  for (const candidate of known) {
    const distance = distanceOf(written, bare(candidate), least);
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

function bare(name: string): string {
  return name.slice(0, longest).replaceAll("_", "").toLowerCase();
}

/** How many letters have to be changed, added or removed; anything from `limit` on is too many. */
function distanceOf(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) {
    return limit;
  }
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const changed = (row[j] ?? 0) + (letter === b[j] ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? limit;
}
