// SPDX-License-Identifier: Apache-2.0

import type { OperationClaim, OperationStore } from "../../server/store.ts";
import { checkDefined, checkEqual } from "../check.ts";
import { listedNames } from "./list-queries.ts";
import {
  cancelled,
  claimAll,
  enqueue,
  failed,
  hourMs,
  leaseMs,
  newOperation,
  type StoreCase,
  type StoreCases,
  type Subject,
  succeeded,
} from "./store-case.ts";

const exclusiveKey = "projects/p/shelves/s";
const holder = newOperation("operations/a", { exclusiveKey });
const rival = newOperation("operations/b", { exclusiveKey });

async function checkTaken(store: OperationStore, what: string): Promise<void> {
  checkEqual(await store.isTaken(exclusiveKey), true, `whether the key is taken ${what}`);
  for (const as of [
    { kind: "queued" },
    { kind: "claimed", leaseMs },
    { kind: "external", timeoutMs: leaseMs },
    { kind: "done", result: succeeded },
  ] as const) {
    const insertion = await store.insert(rival, as);
    checkEqual(insertion, { kind: "excluded" }, `an insert as ${as.kind} ${what}`);
  }
  checkEqual(await store.read(rival.name), undefined, `the record of the rival ${what}`);
}

async function checkFree(store: OperationStore, what: string): Promise<void> {
  checkEqual(await store.isTaken(exclusiveKey), false, `whether the key is taken ${what}`);
  await enqueue(store, rival);
  checkEqual(await store.isTaken(exclusiveKey), true, "whether the key is taken once more");
}

async function claimHolder(store: OperationStore): Promise<OperationClaim> {
  return checkDefined((await claimAll(store))[0], "the claim");
}

// What ends the operation that holds the key.
const ends: Readonly<Record<string, StoreCase>> = {
  async "an end"({ store }) {
    await store.update(await claimHolder(store), { kind: "end", result: succeeded });
  },
  async "an end after delete"({ store }) {
    const claim = await claimHolder(store);
    await store.delete(holder.name);
    await store.update(claim, { kind: "end", result: succeeded });
  },
  async "a cancel while it is queued"({ store }) {
    await store.cancel(holder.name, cancelled);
  },
  async "a release after a cancel request"({ store }) {
    const claim = await claimHolder(store);
    await store.cancel(holder.name, cancelled);
    await store.update(claim, { kind: "release", ifCancelled: cancelled });
  },
  async "a loss that ends it"({ store, clock }) {
    const claim = await claimHolder(store);
    clock.advance(leaseMs);
    const lose = { kind: "lose", delayMs: 0, ifCancelled: cancelled } as const;
    await store.update(claim, { ...lose, result: failed });
  },
};

function freedBy([what, run]: [string, StoreCase]): [string, StoreCase] {
  return [
    `an exclusive key is freed by ${what}`,
    async (subject) => {
      await enqueue(subject.store, holder);
      await run(subject);
      await checkFree(subject.store, `after ${what}`);
    },
  ];
}

/** Ends the holder, whose handler may still run, `beforeMs` before its lease is over. */
async function cutOff({ store, clock }: Subject, beforeMs: number): Promise<void> {
  const claim = await claimHolder(store);
  clock.advance(leaseMs - beforeMs);
  const end = { kind: "end", result: failed, cutOff: true } as const;
  checkEqual(await store.update(claim, end), true, "cutting it off");
}

export const exclusiveKeys: StoreCases = {
  async "an exclusive key is taken while its operation is queued or runs"({ store, clock }) {
    await enqueue(store, holder);
    await checkTaken(store, "while it is queued");
    const first = await claimHolder(store);
    await checkTaken(store, "while it runs");
    await store.update(first, { kind: "release", ifCancelled: cancelled });
    await checkTaken(store, "when it was released");
    const second = await claimHolder(store);
    clock.advance(leaseMs);
    await checkTaken(store, "when its lease has run out");
    await store.update(second, { kind: "lose", delayMs: 5_000, ifCancelled: cancelled });
    await checkTaken(store, "when its lease was lost");
    clock.advance(5_000);
    await claimHolder(store);
    await store.cancel(holder.name, cancelled);
    await checkTaken(store, "when it is to be cancelled");
    await store.delete(holder.name);
    clock.advance(hourMs);
    await store.purge(10);
    await checkTaken(store, "when it was deleted, but runs");
  },

  async "an exclusive key is taken while its operation is external, then free"({ store }) {
    await store.insert(holder, { kind: "external", timeoutMs: hourMs });
    await checkTaken(store, "while it runs");
    // There is no lease that could go on.
    const end = { kind: "end", result: failed, cutOff: true } as const;
    checkEqual(await store.update({ name: holder.name, fence: 1 }, end), true, "ending it");
    await checkFree(store, "after its end");
  },

  async "an exclusive key is not taken by what is done from the start"({ store }) {
    await store.insert(holder, { kind: "done", result: succeeded });
    await checkFree(store, "after an insert as done");
  },

  async "an exclusive key lets one of two win that race for it"({ store }) {
    const race = [holder, rival].map((each) => store.insert(each, { kind: "queued" }));
    const kinds = (await Promise.all(race)).map(({ kind }) => kind);
    checkEqual(kinds.sort(), ["excluded", "inserted"], "the answers");
    checkEqual((await listedNames(store)).length, 1, "how many are stored");
  },

  async "an exclusive key concerns no other key, and no operation without one"({ store }) {
    await enqueue(store, holder);
    for (const [index, other] of [
      `${exclusiveKey}/`,
      "",
      "%",
      exclusiveKey.toUpperCase(),
    ].entries()) {
      checkEqual(await store.isTaken(other), false, `whether "${other}" is taken`);
      await enqueue(store, newOperation(`operations/${index}`, { exclusiveKey: other }));
    }
    await enqueue(store, newOperation("operations/x"));
    await enqueue(store, newOperation("operations/y"));
  },

  async "an exclusive key is not taken by an insert that was refused"({ store }) {
    await enqueue(store, newOperation("operations/a"));
    await store.insert(holder, { kind: "queued" }).catch(() => {});
    await checkFree(store, "after an insert of a taken name");
  },

  ...Object.fromEntries(Object.entries(ends).map(freedBy)),

  async "an exclusive key stays with its next operation when the first one is removed"({
    store,
    clock,
  }) {
    await enqueue(store, newOperation("operations/x", { exclusiveKey, retentionMs: 0 }));
    await store.update(await claimHolder(store), { kind: "end", result: succeeded });
    await enqueue(store, holder);
    clock.advance(hourMs);
    await store.purge(10);
    await checkTaken(store, "when the first one was removed");
  },

  async "an exclusive key of what was cut off is taken until its lease is over"(subject) {
    const { store, clock } = subject;
    await enqueue(store, holder);
    await cutOff(subject, 1_000);
    await checkTaken(store, "when it was cut off");
    clock.advance(999);
    await checkTaken(store, "just before its lease is over");
    clock.advance(1);
    await checkFree(store, "when its lease is over");
  },

  async "an exclusive key of what was cut off without a lease is free"(subject) {
    const { store } = subject;
    await enqueue(store, holder);
    await cutOff(subject, 0);
    await checkFree(store, "when it was cut off");
  },

  async "an exclusive key of what was cut off is taken for as long as it was renewed"({
    store,
    clock,
  }) {
    await enqueue(store, holder);
    const claim = await claimHolder(store);
    await store.cancel(holder.name, cancelled);
    clock.advance(leaseMs - 1);
    await store.renew([claim], leaseMs);
    const end = { kind: "end", result: failed, ifCancelled: cancelled, cutOff: true } as const;
    checkEqual(await store.update(claim, end), true, "cutting it off");
    clock.advance(leaseMs - 1);
    await checkTaken(store, "just before the renewed lease is over");
    clock.advance(1);
    await checkFree(store, "when the renewed lease is over");
  },

  async "an exclusive key of what was cut off is taken even if that was deleted or has expired"({
    store,
    clock,
  }) {
    const longMs = 10 * hourMs;
    for (const [name, retentionMs] of [
      ["operations/x", 0],
      ["operations/y", longMs],
    ] as const) {
      const operation = newOperation(name, { exclusiveKey: name, retentionMs });
      await store.insert(operation, { kind: "claimed", leaseMs: longMs });
      const end = { kind: "end", result: failed, cutOff: true } as const;
      await store.update({ name, fence: 1 }, end);
      await store.delete(name);
    }
    clock.advance(longMs - 1);
    await store.purge(10);
    const taken = async () => [
      await store.isTaken("operations/x"),
      await store.isTaken("operations/y"),
    ];
    checkEqual(await taken(), [true, true], "whether they are taken");
    clock.advance(1);
    checkEqual(await taken(), [false, false], "whether they are taken when the lease is over");
    clock.advance(hourMs);
    await store.purge(10);
    await enqueue(store, newOperation("operations/x", { exclusiveKey: "operations/x" }));
  },
};
