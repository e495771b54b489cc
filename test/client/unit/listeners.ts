// SPDX-License-Identifier: Apache-2.0

import { getEventListeners } from "node:events";

/** How many listen for a signal to abort. */
export function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}
