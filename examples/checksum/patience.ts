// SPDX-License-Identifier: Apache-2.0

import { setTimeout } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";

interface Patience {
  /** Is told when the first one of several calls fails. */
  readonly onAway: (error: ConnectError) => void;
  /** Default: the system's timer. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/**
 * Makes a call until a server answers it. For calls only that may be repeated: those that read, and
 * those that ask for what can happen once.
 *
 * @throws ConnectError if the server answers with an error.
 */
export async function patiently<Response>(
  call: () => Promise<Response>,
  { onAway, sleep = setTimeout }: Patience,
): Promise<Response> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await call();
    } catch (cause) {
      const error = ConnectError.from(cause);
      if (!isAway(error)) {
        throw error;
      }
      if (failures === 0) {
        onAway(error);
      }
      const longest = Math.min(5_000, 200 * 2 ** failures);
      await sleep(longest * (0.5 + Math.random() / 2));
    }
  }
}

// There is no server, it hangs, the connection broke; the system's own errors can come with any code.
function isAway({ cause, code }: ConnectError): boolean {
  return (
    code === Code.Unavailable ||
    code === Code.DeadlineExceeded ||
    code === Code.Aborted ||
    (cause instanceof Error && "errno" in cause)
  );
}
