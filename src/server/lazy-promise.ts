// SPDX-License-Identifier: Apache-2.0

/**
 * A promise whose work only begins once somebody awaits it, anew each time. Where nobody does, it
 * costs nothing and cannot reject unhandled.
 */
export function lazyPromise<T>(start: () => Promise<T>): Promise<T> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: being awaited is what starts it.
    then: (onFulfilled, onRejected) => start().then(onFulfilled, onRejected),
    catch: (onRejected) => start().catch(onRejected),
    finally: (onFinally) => start().finally(onFinally),
    [Symbol.toStringTag]: "Promise",
  };
}
