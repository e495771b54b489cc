// SPDX-License-Identifier: Apache-2.0

// 142 years. Added to any time, it is still a whole number that every driver gives back.
const forever = 2 ** 52;

/** Milliseconds in whole microseconds, as the database has them; at most 142 years. */
export function toUs(ms: number): number {
  return Math.min(Math.round(ms * 1000), forever);
}
