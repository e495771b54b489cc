// SPDX-License-Identifier: Apache-2.0

/** Numbers that follow from a seed. */
export interface Random {
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  bytes(length: number): Buffer;
  pick<T>(items: readonly T[]): T;
}

/** Every run has another seed, which is printed; `HOSTILE_SEED` repeats one. */
export function seedOfRun(): number {
  const seed = Number(process.env.HOSTILE_SEED ?? Math.floor(Math.random() * 2 ** 32));
  process.stdout.write(`HOSTILE_SEED=${seed}\n`);
  return seed;
}

/** The generator "mulberry32", which is short and good enough to draw test data. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
  const below = (end: number) => Math.floor((next() / 2 ** 32) * end);
  return {
    below,
    bytes(length) {
      const bytes = Buffer.alloc(length);
      for (let i = 0; i < length; i++) {
        bytes[i] = next();
      }
      return bytes;
    },
    pick<T>(items: readonly T[]): T {
      const item = items[below(items.length)];
      if (item === undefined) {
        throw new Error("Nothing to pick from");
      }
      return item;
    },
  };
}
