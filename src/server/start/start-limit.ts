// SPDX-License-Identifier: Apache-2.0

/** Counts, for each caller, the calls that are under way. */
export interface StartLimit {
  /** Counts one more call of a caller; false, and not counted, if that would be too many. */
  enter(owner: string): boolean;
  /** A call that was counted has ended. */
  leave(owner: string): void;
}

/** Lets at most `most` calls of each caller be under way. */
export function startLimit(most: number): StartLimit {
  const underWay = new Map<string, number>();
  return {
    enter(owner) {
      const count = underWay.get(owner) ?? 0;
      if (count >= most) {
        return false;
      }
      underWay.set(owner, count + 1);
      return true;
    },
    leave(owner) {
      const count = (underWay.get(owner) ?? 0) - 1;
      if (count > 0) {
        underWay.set(owner, count);
      } else {
        underWay.delete(owner);
      }
    },
  };
}
