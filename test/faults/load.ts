// SPDX-License-Identifier: Apache-2.0

import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import type { Job } from "../programs/load-server.ts";
import type { Entry, Ledger } from "./ledger.ts";
import type { Clients } from "./load-server-process.ts";
import { type Random, randomFrom } from "./random.ts";

interface LoadOptions {
  readonly ledger: Ledger;
  readonly seed: number;
  /** How many operations are in flight. */
  readonly inFlight: number;
  /** How many of them are waited for; the others are looked at. */
  readonly waiters: number;
  /** Of the server that runs now, or will run next. */
  clients(): Promise<Clients>;
}

/** Clients that start operations, and see each one through, whatever becomes of the server. */
export interface Load {
  /** Starts no more; settles once everything that was started has come to its end. */
  stop(): Promise<void>;
  /** The operation as the server has it; undefined if it is not found. */
  look(entry: Entry): Promise<Operation | undefined>;
}

const callMs = 15_000;
const endless = Number.MAX_SAFE_INTEGER;

export function startLoad({ ledger, seed, inFlight, waiters, clients }: LoadOptions): Load {
  let stopping = false;

  /** Calls a server until one answers; undefined if what is asked for is not found. */
  async function call<T>(attempt: (clients: Clients) => Promise<T>): Promise<T | undefined> {
    for (;;) {
      try {
        return await attempt(await clients());
      } catch (error) {
        // A server's own errors say what they are; whatever else fails is its death.
        const own = error instanceof ConnectError && error.findDetails(ErrorInfoSchema).length > 0;
        if (own && error.code === Code.NotFound) {
          return undefined;
        }
        if (own) {
          throw error;
        }
        await delay(20);
      }
    }
  }

  function look({ name }: Entry): Promise<Operation | undefined> {
    return call(({ operations }) => operations.getOperation({ name }, { timeoutMs: callMs }));
  }

  function wait({ name }: Entry): Promise<Operation | undefined> {
    return call(({ operations }) => operations.waitOperation({ name }, { timeoutMs: callMs }));
  }

  async function cancel(entry: Entry): Promise<void> {
    const { name } = entry;
    // Once it is sent, the operation may end of it.
    entry.cancelled = true;
    await call(({ operations }) => operations.cancelOperation({ name }, { timeoutMs: callMs }));
  }

  async function remove(entry: Entry): Promise<void> {
    const { name } = entry;
    await call(({ operations }) => operations.deleteOperation({ name }, { timeoutMs: callMs }));
    entry.deleted = true;
    ledger.seen(entry, await look(entry));
  }

  async function life(id: string, waits: boolean, random: Random): Promise<void> {
    const fate = random.fraction();
    const isCancelled = fate < 0.15;
    const isDeleted = fate > 0.9;
    const job: Job = {
      id,
      // Only a cancel request ends it: one that is lost would show.
      steps: isCancelled ? endless : random.between(1, 8),
      stepMs: random.between(5, 20),
      fails: fate > 0.8,
    };
    const root = JSON.stringify(job);
    const operation = await call(({ checksum }) =>
      checksum.checksumTree({ root }, { timeoutMs: callMs }),
    );
    if (operation === undefined) {
      throw new Error(`Starting ${id} was answered NOT_FOUND`);
    }
    const entry = ledger.started(job, operation);
    if (isCancelled || isDeleted) {
      await delay(random.between(0, 400));
    }
    if (isCancelled) {
      await cancel(entry);
    }
    while (entry.end === undefined && !(isDeleted && random.fraction() < 0.5)) {
      ledger.seen(entry, await (waits ? wait : look)(entry));
      if (!waits) {
        await delay(random.between(100, 500));
      }
    }
    if (isDeleted) {
      await remove(entry);
    }
  }

  async function lane(index: number): Promise<void> {
    const random = randomFrom(seed + index + 1);
    for (let n = 0; !stopping; n++) {
      await life(`${index}.${n}`, index < waiters, random);
    }
  }

  const lanes = Promise.all(Array.from({ length: inFlight }, (_, index) => lane(index)));
  // Whoever stops the load is told.
  lanes.catch(() => undefined);
  return {
    look,
    async stop() {
      stopping = true;
      await lanes;
    },
  };
}
