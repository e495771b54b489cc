// SPDX-License-Identifier: Apache-2.0

import { pollUntilDone } from "./azure-poller.ts";
import type { WaitForEnd } from "./simulated-operation.ts";

/** What Azure's clients do, with the interval that they have by default. */
export function coreLroWaiter(): WaitForEnd {
  return ({ name, look }) =>
    pollUntilDone({ start: async () => ({ name }), get: async () => ({ name, done: look() }) });
}
