// SPDX-License-Identifier: Apache-2.0

import type { OperationsServer } from "../../../src/client/operations-server.ts";
import { createPace, type PollingOptions } from "../../../src/client/pace.ts";
import { waitSlotsOf } from "../../../src/client/wait-slots.ts";
import { type CountedClock, countedClock } from "./counted-clock.ts";
import { type ScriptedServer, scriptedServer } from "./scripted-server.ts";

/** A scripted server as what follows operations sees it, with a clock of its own. */
export interface Followed {
  readonly script: ScriptedServer;
  readonly clock: CountedClock;
  readonly server: OperationsServer;
}

interface FollowedOptions {
  readonly polling?: PollingOptions;
  /** 0 for a server that is polled. */
  readonly maxWaits?: number;
}

export function followed({ polling, maxWaits }: FollowedOptions = {}): Followed {
  const script = scriptedServer();
  const clock = countedClock();
  const server: OperationsServer = {
    calls: script.operations,
    slots: waitSlotsOf(script.transport),
    maxWaits,
    pace: createPace(polling),
    clock,
  };
  return { script, clock, server };
}

/** How long a test lets a poll wait: longer than any delay that it was given. */
export const anyDelayMs = 10_000;
