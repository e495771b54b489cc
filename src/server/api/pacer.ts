// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import { nextTurn } from "../turn.ts";

/** An answer that is ready to be given. */
export interface ReadyAnswer {
  /** How much there is to send. */
  readonly bytes: number;
  /** Whether it is sent, or the caller has gone. */
  readonly isSent: () => boolean;
  give(): void;
}

/** Gives answers no faster than they can be sent. */
export interface Pacer {
  give(answers: readonly ReadyAnswer[]): void;
  /** Settles once every answer was given. */
  idle(): Promise<void>;
}

const busyMs = 10;
const maxAtOnce = 256;
// To encode as much takes a few milliseconds, and in JSON several times that.
const maxBytesAtOnce = 1024 * 1024;
const maxUnsentBytes = 8 * 1024 * 1024;
const unsentPollMs = 2;
// A caller that does not read must not keep the others waiting for longer.
const slowAfterMs = 1_000;

/**
 * Gives answers in shares, one share each turn of the event loop. A share shrinks when turns take
 * long, and none is given while too much is unsent, so that ten thousand callers who wait for one
 * operation neither block the loop nor fill the memory.
 */
export function createPacer(clock: Clock): Pacer {
  let ready: ReadyAnswer[] = [];
  let unsent: (Omit<ReadyAnswer, "give"> & { readonly slowAtMs: number })[] = [];
  let share = 16;
  let pacing: Promise<void> | undefined;

  function unsentBytes(): number {
    const now = clock.monotonic();
    unsent = unsent.filter(({ isSent, slowAtMs }) => !isSent() && slowAtMs > now);
    return unsent.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  function giveShare(): void {
    const slowAtMs = clock.monotonic() + slowAfterMs;
    const mayGive = Math.min(maxUnsentBytes - unsentBytes(), maxBytesAtOnce);
    let bytes = 0;
    let given = 0;
    for (const { bytes: answerBytes, isSent, give } of ready) {
      if (given === share || (given > 0 && bytes + answerBytes > mayGive)) {
        break;
      }
      given++;
      bytes += answerBytes;
      unsent.push({ bytes: answerBytes, isSent, slowAtMs });
      give();
    }
    ready = ready.slice(given);
  }

  async function pace(): Promise<void> {
    while (ready.length > 0) {
      const startMs = clock.monotonic();
      giveShare();
      await nextTurn();
      const tookMs = clock.monotonic() - startMs;
      share = tookMs > busyMs ? Math.max(1, share >> 1) : Math.min(maxAtOnce, share + 4);
      while (ready.length > 0 && unsentBytes() > maxUnsentBytes) {
        await new Promise<void>((resolve) => clock.schedule(resolve, unsentPollMs));
      }
    }
    pacing = undefined;
  }

  return {
    give(answers) {
      ready = ready.length === 0 ? [...answers] : [...ready, ...answers];
      if (ready.length > 0) {
        pacing ??= pace();
      }
    },
    async idle() {
      await pacing;
    },
  };
}
