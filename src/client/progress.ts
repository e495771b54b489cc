// SPDX-License-Identifier: Apache-2.0

import type { Any } from "@bufbuild/protobuf/wkt";

/** What is listened to. */
export interface Listening<Metadata> {
  /**
   * Begins to listen; the function that it returns ends that.
   *
   * @throws what ends the listening before it has begun.
   */
  open(listener: ProgressListener): () => void;
  /** The last metadata of the expected type, and as it was packed. */
  current(): { readonly packed: Any; readonly message: Metadata } | undefined;
  /** Whether nothing more will come. */
  isDone(): boolean;
}

/** Somebody who listens. */
export interface ProgressListener {
  onState(): void;
  onEnd(reason: unknown): void;
}

interface Request<Metadata> {
  resolve(result: IteratorResult<Metadata, undefined>): void;
  reject(reason: unknown): void;
}

/**
 * Each distinct metadata, once: what has been reported since the last one was taken is skipped but
 * for the newest. `return` frees everything at once, also while a `next` is pending, which a
 * generator's would not.
 */
export function listenTo<Metadata>(
  source: Listening<Metadata>,
): AsyncIterator<Metadata, undefined, undefined> {
  const requests: Request<Metadata>[] = [];
  let taken: Any | undefined;
  let close: (() => void) | undefined;
  let isOver = false;
  let failure: { readonly reason: unknown } | undefined;

  function fresh(): Metadata | undefined {
    const current = source.current();
    if (current === undefined || (taken !== undefined && isSame(taken, current.packed))) {
      return undefined;
    }
    taken = current.packed;
    return current.message;
  }

  function open(): void {
    const onEnd = (reason: unknown) => {
      failure = { reason };
      serve();
    };
    try {
      close = source.open({ onState: serve, onEnd });
    } catch (error) {
      onEnd(error);
    }
  }

  function finish(): void {
    isOver = true;
    close?.();
    close = undefined;
  }

  function serve(): void {
    for (let request = requests[0]; request !== undefined; request = requests[0]) {
      const value = isOver ? undefined : fresh();
      if (value !== undefined) {
        request.resolve({ done: false, value });
      } else if (failure !== undefined) {
        request.reject(failure.reason);
        failure = undefined;
        finish();
      } else if (isOver || source.isDone()) {
        finish();
        request.resolve({ done: true, value: undefined });
      } else {
        return;
      }
      requests.shift();
    }
  }

  return {
    next() {
      return new Promise((resolve, reject) => {
        requests.push({ resolve, reject });
        if (close === undefined && !isOver && !source.isDone()) {
          open();
        }
        serve();
      });
    },

    async return() {
      finish();
      serve();
      return { done: true, value: undefined };
    },
  };
}

function isSame(a: Any, b: Any): boolean {
  return (
    a === b ||
    (a.typeUrl === b.typeUrl &&
      a.value.length === b.value.length &&
      a.value.every((byte, index) => byte === b.value[index]))
  );
}
