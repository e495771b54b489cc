// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import type { OperationStore } from "../../src/server/index.ts";
import { type Gate, gate } from "../server/gate.ts";
import { type Link, linkTo } from "../server/link.ts";
import { type PausedClock, pausable } from "../server/pausable-clock.ts";
import { type Replica, replica, type TreeContext } from "../server/replica.ts";
import type { SteppedClock } from "../server/stepped-clock.ts";
import { limits } from "./limits.ts";
import { createModel, type Ending, type Host, type Model } from "./model.ts";

/** A handler that does what the test says. */
export interface Puppet {
  readonly name: string;
  readonly attempt: number;
  readonly process: Process;
  readonly context: TreeContext;
  readonly end: Gate<Ending>;
  settled: boolean;
}

/** A process, with its way to the store and a clock that can stand still. */
export interface Process extends Host {
  readonly link: Link;
  readonly clock: PausedClock;
  readonly replica: Replica;
  /** When it was last resumed, and since when it had stood still. */
  rested: { readonly fromMs: number; readonly toMs: number } | undefined;
  /** Whether the store does what it is asked for next, and the answer is lost. */
  losing: boolean;
}

/** A WaitOperation that is under way. */
export interface PendingWait {
  readonly name: string;
  readonly process: Process;
  readonly startedMs: number;
  answer: Operation | ConnectError | undefined;
}

/** Two processes over one store, what runs on them, and the model that watches. */
export interface World {
  readonly clock: SteppedClock;
  readonly model: Model;
  readonly processes: Process[];
  readonly puppets: Puppet[];
  readonly waits: Set<PendingWait>;
  /** Illegal things that handlers saw: they are not thrown into the code under test. */
  readonly faults: Error[];
  /** The names that requests with an id were answered with, by the id. */
  readonly ids: Map<string, string>;
  /** The next number to report. Numbers are never repeated. */
  nextNumber(): number;
  /** Tells the model of an operation that somebody was told of. */
  started(name: string, lostBy?: Host): void;
  /** Starts a process in a slot. */
  boot(slot: number): void;
}

export function createWorld(store: OperationStore, clock: SteppedClock): World {
  let number = 0;
  let boots = 0;
  const model = createModel(() => clock.monotonic());
  const puppets: Puppet[] = [];
  const faults: Error[] = [];
  // A handler may run before the answer that names its operation has arrived.
  const early = new Map<string, (() => void)[]>();

  async function run(process: Process, context: TreeContext): Promise<{ treeDigest: string }> {
    const { name, attempt } = context;
    const puppet: Puppet = { name, attempt, process, context, end: gate(), settled: false };
    puppets.push(puppet);
    const progress = Number(context.metadata?.filesDone ?? 0);
    const tell = () => {
      try {
        model.attempted(process, { name, attempt, progress });
      } catch (error) {
        faults.push(error as Error);
      }
    };
    if (model.operations.has(name)) {
      tell();
    } else {
      early.set(name, [...(early.get(name) ?? []), tell]);
    }
    const ending = await puppet.end.passed;
    if (ending.startsWith("failed")) {
      throw new ConnectError(ending, Code.DataLoss);
    }
    return { treeDigest: ending };
  }

  const world: World = {
    clock,
    model,
    processes: [],
    puppets,
    waits: new Set(),
    faults,
    ids: new Map(),
    nextNumber: () => ++number,
    started(name, lostBy) {
      if (!model.operations.has(name)) {
        model.started(name, lostBy);
        for (const tell of early.get(name) ?? []) {
          tell();
        }
      }
    },
    boot(slot) {
      const link = linkTo(store);
      const own = pausable(clock);
      const process: Process = {
        id: `process ${++boots}`,
        stoppedMs: undefined,
        lapsedMs: Number.NEGATIVE_INFINITY,
        crashed: false,
        closing: false,
        missed: false,
        rested: undefined,
        losing: false,
        link,
        clock: own,
        replica: replica(
          {
            // Requests that begin with a slash have no id.
            requestId: ({ root }) => (root.startsWith("/") ? "" : root),
            run: (_, context) => run(process, context),
          },
          { ...limits, store: losingAnswers(link.store, () => process), clock: own },
        ),
      };
      world.processes[slot] = process;
    },
  };
  world.boot(0);
  world.boot(1);
  return world;
}

/** A way to the store on which a write can take place and look as if it had failed. */
function losingAnswers(store: OperationStore, process: () => Process): OperationStore {
  function losing<Args extends readonly unknown[], T>(write: (...args: Args) => Promise<T>) {
    return async (...args: Args): Promise<T> => {
      const answer = await write(...args);
      if (process().losing) {
        process().losing = false;
        throw new Error("The answer was lost");
      }
      return answer;
    };
  }
  return { ...store, insert: losing(store.insert), update: losing(store.update) };
}
