// SPDX-License-Identifier: Apache-2.0

import { inBrowser } from "./platform.ts";

// Over HTTP/1.1 a browser has six connections to a host, and does not tell whether it speaks HTTP/2.
const defaultMaxWaits = inBrowser ? 4 : Number.POSITIVE_INFINITY;
// A server may learn it meanwhile, and a proxy may have answered in its place.
const refusalMs = 10 * 60_000;

interface WaitLimits {
  /** Default: 4 in a browser, else without limit. */
  readonly maxWaits: number | undefined;
  /** By a monotonic clock. */
  readonly nowMs: number;
}

/** Who may wait for operations of one server rather than poll them. */
export interface WaitSlots {
  /** Whether one more may wait now. */
  isOpen(limits: WaitLimits): boolean;
  /** Takes a slot if there is one; who does gives it back with `release`. */
  take(limits: WaitLimits): boolean;
  release(): void;
  /** The server has no WaitOperation. */
  refuse(nowMs: number): void;
}

const known = new WeakMap<object, WaitSlots>();

/** The slots of a transport or a client, the same for all who share it. */
export function waitSlotsOf(server: object): WaitSlots {
  let slots = known.get(server);
  if (slots === undefined) {
    slots = createWaitSlots();
    known.set(server, slots);
  }
  return slots;
}

function createWaitSlots(): WaitSlots {
  let taken = 0;
  let refusedUntilMs = Number.NEGATIVE_INFINITY;
  const isOpen = ({ maxWaits = defaultMaxWaits, nowMs }: WaitLimits) =>
    taken < maxWaits && nowMs >= refusedUntilMs;
  return {
    isOpen,
    take(limits) {
      const open = isOpen(limits);
      taken += open ? 1 : 0;
      return open;
    },
    release() {
      taken -= 1;
    },
    refuse(nowMs) {
      refusedUntilMs = nowMs + refusalMs;
    },
  };
}
