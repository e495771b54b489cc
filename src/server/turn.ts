// SPDX-License-Identifier: Apache-2.0

/** Lets everything else that is ready to run go first: input, output, timers. */
export function inNextTurn(callback: () => void): void {
  // Where there is no setImmediate, a timer is the next best that every runtime has.
  if (typeof setImmediate === "function") {
    setImmediate(callback);
  } else {
    setTimeout(callback, 0);
  }
}

/** As `inNextTurn`, to be awaited. */
export function nextTurn(): Promise<void> {
  return new Promise(inNextTurn);
}
