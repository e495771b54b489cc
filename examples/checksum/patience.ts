// SPDX-License-Identifier: Apache-2.0

import { setTimeout } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";

// What a call ends with while there is no server; if the server hangs; if the connection breaks.
const away: readonly Code[] = [Code.Unavailable, Code.DeadlineExceeded, Code.Aborted];

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
      if (!away.includes(error.code)) {
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
