// SPDX-License-Identifier: Apache-2.0

export interface ReadAheadOptions<Item, Result> {
  /** How many items are worked on at a time. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Must stop soon once its signal aborts. */
  readonly map: (item: Item, signal: AbortSignal) => Promise<Result>;
}

/**
 * Maps items, several at a time, and yields the results in the order of the items. However it ends,
 * no work goes on behind its back: it stops what is in flight, and waits until all has settled.
 */
export async function* readAhead<Item, Result>(
  items: AsyncIterator<Item, void>,
  options: ReadAheadOptions<Item, Result>,
): AsyncGenerator<Result> {
  const { limit, map } = options;
  const left = new AbortController();
  const signal = AbortSignal.any([options.signal, left.signal]);
  const inFlight: Promise<Result>[] = [];
  try {
    for (let more = true; more || inFlight.length > 0; ) {
      options.signal.throwIfAborted();
      while (more && inFlight.length < limit) {
        const next = await items.next();
        if (next.done === true) {
          more = false;
        } else {
          const result = map(next.value, signal);
          // It is awaited in its turn; until then a failure is not an unhandled one.
          result.catch(() => {});
          inFlight.push(result);
        }
      }
      const first = inFlight[0];
      if (first !== undefined) {
        const result = await first;
        inFlight.shift();
        yield result;
      }
    }
  } finally {
    left.abort();
    await Promise.allSettled(inFlight);
    await items.return?.();
  }
}
