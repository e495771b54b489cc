// SPDX-License-Identifier: Apache-2.0

import type { NodeRequest } from "./handler.ts";

// A JavaScript timer that is set to more than this fires at once.
export const maxTimerMs: number = 2 ** 31 - 1;

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000 };

/**
 * Shortens a deadline that is more than 24 days away to that. Clients hand on the deadline of a whole
 * operation with each poll, and connect would take such a long one for one that has passed.
 */
export function shortenDeadline({ headers }: NodeRequest): void {
  const grpc = headers["grpc-timeout"];
  if (typeof grpc === "string") {
    const [, amount, unit = ""] = /^(\d{1,8})([HMS])$/.exec(grpc) ?? [];
    if (Number(amount) * (unitMs[unit] ?? 0) > maxTimerMs) {
      headers["grpc-timeout"] = `${Math.floor(maxTimerMs / 1000)}S`;
    }
  }
  const connect = headers["connect-timeout-ms"];
  if (typeof connect === "string" && /^\d{10}$/.test(connect) && Number(connect) > maxTimerMs) {
    headers["connect-timeout-ms"] = String(maxTimerMs);
  }
}
