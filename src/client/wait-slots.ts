// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";
import { inBrowser } from "./platform.ts";

// Over HTTP/1.1 a browser has six connections to a host, and does not tell whether it speaks HTTP/2.
const defaultMaxWaits = inBrowser ? 4 : Number.POSITIVE_INFINITY;
// A server may learn it meanwhile, and a proxy may have answered in its place.
const refusalMs = 10 * 60_000;

/** Who waits for operations of one server rather than poll them. */
export interface WaitSlots {
  taken: number;
  /** Until when the server is taken to have no WaitOperation, by a monotonic clock. */
  refusedUntilMs: number;
}

const known = new WeakMap<object, WaitSlots>();

/** The slots of a transport or a client, the same for all who share it. */
export function waitSlotsOf(server: object): WaitSlots {
  let slots = known.get(server);
  if (slots === undefined) {
    slots = { taken: 0, refusedUntilMs: 0 };
    known.set(server, slots);
  }
  return slots;
}

/** Whether one more may wait now. */
export function hasFreeSlot({
  slots,
  maxWaits = defaultMaxWaits,
  clock,
}: {
  readonly slots: WaitSlots;
  readonly maxWaits: number | undefined;
  readonly clock: Clock;
}): boolean {
  return slots.taken < maxWaits && clock.monotonic() >= slots.refusedUntilMs;
}

/** The server has no WaitOperation. */
export function refuseWaits(slots: WaitSlots, clock: Clock): void {
  slots.refusedUntilMs = clock.monotonic() + refusalMs;
}
