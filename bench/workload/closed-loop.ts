// SPDX-License-Identifier: Apache-2.0

interface InFlight {
  /** How many in all. */
  readonly count: number;
  /** How many at a time. */
  readonly inFlight: number;
}

/** Keeps things going until all of them have ended. */
export interface ClosedLoop {
  readonly finished: Promise<void>;
  /** Begins the first ones. */
  start(): void;
  /** To be called whenever one has ended: another one begins. */
  ended(): void;
}

/** A loop for things whose end is told elsewhere than where they begin. */
export function closedLoop({ count, inFlight }: InFlight, begin: () => void): ClosedLoop {
  let left = count;
  let running = 0;
  let finish: () => void;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });

  function fill(): void {
    while (running < inFlight && left > 0) {
      running++;
      left--;
      begin();
    }
    if (running === 0) {
      finish();
    }
  }

  return {
    finished,
    start: fill,
    ended() {
      running--;
      fill();
    },
  };
}

/** Makes calls, and rejects with the first that fails. */
export async function callInFlight(
  { count, inFlight }: InFlight,
  call: () => Promise<unknown>,
): Promise<void> {
  let left = count;
  async function lane(): Promise<void> {
    while (left > 0) {
      left--;
      await call();
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane));
}
