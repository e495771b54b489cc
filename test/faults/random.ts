// SPDX-License-Identifier: Apache-2.0

/** Numbers that look random, and are the same for the same seed. */
export interface Random {
  /** From 0, below 1. */
  fraction(): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
}

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  // Weyl's sequence, mixed until no bit of it shows.
  function fraction(): number {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }
  return {
    fraction,
    between: (least, most) => least + Math.floor(fraction() * (most - least + 1)),
  };
}
