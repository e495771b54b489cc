// SPDX-License-Identifier: Apache-2.0

/**
 * Compares texts by code points: negative, zero or positive. It is the order of their UTF-8 bytes,
 * and so that of a database; the order of JavaScript's strings differs beyond U+FFFF.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) {
      return rank(left) - rank(right);
    }
  }
  return a.length - b.length;
}

/** Moves the surrogates behind all other code units, as the code points are that they encode. */
function rank(unit: number): number {
  if (unit < 0xd800) {
    return unit;
  }
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
