// SPDX-License-Identifier: Apache-2.0

/** An operation that ends at its time, and a server without WaitOperation that is asked for it. */
export interface SimulatedOperation {
  readonly name: string;
  /** On the clock of `Date`. */
  readonly endMs: number;
  /** Counts a call. Answers whether the operation has ended. */
  look(): boolean;
}

/** Waits for the end of an operation that has just been started. */
export type WaitForEnd = (operation: SimulatedOperation) => Promise<unknown>;

interface OperationsOptions {
  readonly count: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** How late the caller learnt of the end of each operation, and how many calls it made. */
export interface Overshoot {
  readonly lateMs: readonly number[];
  readonly calls: number;
}

// They do not all begin at once, as they do not in a program.
const betweenStartsMs = 20;

/** Waits for operations that take all the times within a range, the same for everybody. */
export async function overshootOf(
  waitForEnd: WaitForEnd,
  { count, fromMs, toMs }: OperationsOptions,
): Promise<Overshoot> {
  let calls = 0;

  async function lateMs(i: number): Promise<number> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, i * betweenStartsMs);
    });
    // Neighbours do not take nearly the same time: by the golden ratio, they are spread.
    const endMs = Date.now() + fromMs + (toMs - fromMs) * ((i * 0.618_033_988_75) % 1);
    await waitForEnd({
      name: `operations/${i}`,
      endMs,
      look() {
        calls++;
        return Date.now() >= endMs;
      },
    });
    return Date.now() - endMs;
  }

  const late = await Promise.all(Array.from({ length: count }, (_, i) => lateMs(i)));
  return { lateMs: late, calls };
}
