// SPDX-License-Identifier: Apache-2.0

import type { ConcludingWrite, Conclusions } from "../run/conclusion.ts";
import { cancelledResult, externalTimedOutResult, workerLostResult } from "../run/ending.ts";
import type { OverdueOperation } from "../store.ts";

interface OverdueOptions {
  readonly conclusions: Conclusions;
  readonly domain: string;
  /** It may be claimed again, `delayMs` from now. */
  onClaimable(delayMs: number): void;
}

// How long an operation rests after its first, second, … loss: it may be what kills its workers.
const restMs = [0, 1_000, 5_000, 30_000];

/** Ends an overdue operation, or gives it to another worker. */
export async function decideOverdue(
  operation: OverdueOperation,
  { conclusions, domain, onClaimable }: OverdueOptions,
): Promise<void> {
  const write = writeOf(operation, domain);
  const written = await conclusions.conclude(operation, write);
  if (written && write.kind === "lose" && write.result === undefined) {
    onClaimable(write.delayMs);
  }
}

function writeOf({ reason, losses, maxLosses }: OverdueOperation, domain: string): ConcludingWrite {
  const ifCancelled = cancelledResult(domain);
  switch (reason) {
    case "cancel":
      return { kind: "end", result: ifCancelled, cutOff: true };
    case "timeout":
      return { kind: "end", result: externalTimedOutResult(domain), ifCancelled };
    case "lease":
      return {
        kind: "lose",
        delayMs: restMs[Math.min(losses, restMs.length - 1)] ?? 0,
        ifCancelled,
        ...(losses >= maxLosses && { result: workerLostResult(domain) }),
      };
  }
}
