// SPDX-License-Identifier: Apache-2.0

import type { NewOperation, OperationStore } from "../../server/store.ts";
import { checkDefined, checkEqual } from "../check.ts";
import { listedNames } from "./list-queries.ts";
import {
  bytesOf,
  cancelled,
  claimAll,
  enqueue,
  fieldsOf,
  hourMs,
  leaseMs,
  newOperation,
  type StoreCases,
  type Subject,
  stored,
  succeeded,
} from "./store-case.ts";

const key = "acme/Reindex/7c1d";
const rememberMs = 24 * hourMs;
const firstRequest = bytesOf(1, 2, 3);

/** An operation that is started with the key; its name derives from the key, as a server's may. */
function keyed(init: Partial<NewOperation> = {}): NewOperation {
  const requestKey = { key, rememberMs };
  return newOperation("operations/a", { request: firstRequest, requestKey, ...init });
}

/** What the same request made again is answered: whether it is kept differs in nothing. */
async function again(store: OperationStore): Promise<string> {
  const repeated = keyed({ request: bytesOf(9) });
  const { kind } = await store.insert(repeated, { kind: "queued" });
  if (kind !== "inserted") {
    checkEqual((await store.earlier(key))?.kind, kind, "what became of the request");
  }
  return kind;
}

/** Checks that the request is answered with the operation, as it is now. */
async function checkDuplicate(store: OperationStore, what: string): Promise<void> {
  const insertion = await store.insert(keyed({ request: bytesOf(9) }), { kind: "queued" });
  const answers = { "what insert answers": insertion, earlier: await store.earlier(key) };
  for (const [asked, answer] of Object.entries(answers)) {
    checkEqual(answer?.kind, "duplicate", `${asked}, ${what}`);
    if (answer?.kind === "duplicate") {
      checkEqual(fieldsOf(answer.record), fieldsOf(await stored(store)), `the record, ${what}`);
      checkEqual(answer.request, firstRequest, `the request, ${what}`);
    }
  }
}

/** Checks that the key is free, once nothing hinders the store from forgetting it. */
async function checkFree({ store, clock }: Subject): Promise<void> {
  clock.advance(hourMs);
  await store.purge(10);
  checkEqual(await store.earlier(key), undefined, "what became of the request");
  await enqueue(store, keyed({ request: bytesOf(4) }));
  checkEqual((await claimAll(store))[0]?.request, bytesOf(4), "the request of the new operation");
}

async function runToEnd(store: OperationStore): Promise<void> {
  for (const claim of await claimAll(store)) {
    await store.update(claim, { kind: "end", result: succeeded });
  }
}

export const requestKeys: StoreCases = {
  async "a request key answers with its operation and the first request, whatever its state"({
    store,
  }) {
    checkEqual(await store.earlier(key), undefined, "what became of a request that was not made");
    await enqueue(store, keyed());
    await checkDuplicate(store, "while it is queued");
    const claim = checkDefined((await claimAll(store))[0], "the claim");
    await checkDuplicate(store, "while it runs");
    await store.update(claim, { kind: "end", result: succeeded });
    await checkDuplicate(store, "when it is done");
    checkEqual(await listedNames(store), ["operations/a"], "what is stored");
    checkEqual(await claimAll(store), [], "what can be claimed");
  },

  async "a request key answers for an operation that was done, or external, from the start"({
    store,
  }) {
    await store.insert(keyed(), { kind: "done", result: succeeded });
    await checkDuplicate(store, "when it was done at once");
    const requestKey = { key: "another", rememberMs };
    const operation = newOperation("operations/b", { requestKey });
    await store.insert(operation, { kind: "external", timeoutMs: 1_000 });
    const { kind } = await store.insert(operation, { kind: "external", timeoutMs: 1_000 });
    checkEqual(kind, "duplicate", "the same request for what is external");
  },

  async "request keys are compared to the letter, and operations without one are not"({ store }) {
    for (const [index, other] of [key, `${key} `, key.toUpperCase(), "", "%", "_"].entries()) {
      const requestKey = { key: other, rememberMs };
      await enqueue(store, newOperation(`operations/${index}`, { requestKey }));
    }
    await enqueue(store, newOperation("operations/x"));
    await enqueue(store, newOperation("operations/y"));
    checkEqual((await listedNames(store)).length, 8, "how many are stored");
  },

  async "a request key lets one of two win that race for it"({ store }) {
    for (const names of [
      ["a", "a"],
      ["b", "c"],
    ] as const) {
      const requestKey = { key: names.join(), rememberMs };
      const race = names.map((id) =>
        store.insert(newOperation(`operations/${id}`, { requestKey }), { kind: "queued" }),
      );
      const kinds = (await Promise.all(race)).map(({ kind }) => kind);
      checkEqual(kinds.sort(), ["duplicate", "inserted"], `the answers for ${names.join()}`);
    }
    checkEqual((await listedNames(store)).length, 2, "how many are stored");
  },

  async "a request key is looked at before the exclusive key"({ store }) {
    await enqueue(store, keyed({ exclusiveKey: "shelf" }));
    const { kind } = await store.insert(keyed({ exclusiveKey: "shelf" }), { kind: "queued" });
    checkEqual(kind, "duplicate", "the answer to the same request");
    await store.delete("operations/a");
    const gone = await store.insert(keyed({ exclusiveKey: "shelf" }), { kind: "queued" });
    checkEqual(gone.kind, "gone", "the answer to the same request after delete");
  },

  async "a request key is not taken by an insert that was refused"({ store }) {
    await enqueue(store, newOperation("operations/a", { exclusiveKey: "shelf" }));
    const requestKey = { key, rememberMs };
    const refused = newOperation("operations/b", { requestKey, exclusiveKey: "shelf" });
    checkEqual(
      await store.insert(refused, { kind: "queued" }),
      { kind: "excluded" },
      "an insert with a taken exclusive key",
    );
    const named = newOperation("operations/a", { requestKey });
    await store.insert(named, { kind: "queued" }).catch(() => {});
    checkEqual(await store.earlier(key), undefined, "what became of the request");
    await enqueue(store, newOperation("operations/b", { requestKey }));
  },

  async "a request key stands for its operation while that is there, however long"({
    store,
    clock,
  }) {
    await enqueue(store, keyed({ requestKey: { key, rememberMs: 0 } }));
    clock.advance(2 * rememberMs);
    await store.purge(10);
    await checkDuplicate(store, "while it is queued");
    await runToEnd(store);
    clock.advance(2 * rememberMs);
    await store.purge(10);
    await checkDuplicate(store, "before it expires");
  },

  async "a request key of what was deleted is remembered from the start, then free"(subject) {
    const { store, clock } = subject;
    await enqueue(store, keyed());
    await runToEnd(store);
    clock.advance(hourMs);
    await store.delete("operations/a");
    checkEqual(await again(store), "gone", "the answer after delete");
    clock.advance(rememberMs - hourMs - 1);
    await store.purge(10);
    checkEqual(await again(store), "gone", "the answer at the end of the time");
    clock.advance(1);
    await checkFree(subject);
  },

  async "a request key of what was deleted, but runs, is remembered until it ends"(subject) {
    const { store, clock } = subject;
    await enqueue(store, keyed());
    await store.delete("operations/a");
    checkEqual(await again(store), "gone", "the answer while it is queued");
    const claim = checkDefined((await claimAll(store))[0], "the claim");
    clock.advance(2 * rememberMs);
    await store.purge(10);
    checkEqual(await again(store), "gone", "the answer while it runs");
    await store.update(claim, { kind: "end", result: succeeded });
    await checkFree(subject);
  },

  async "a request key of what has expired is remembered from the start, then free"(subject) {
    const { store, clock } = subject;
    await enqueue(store, keyed({ retentionMs: hourMs }));
    await runToEnd(store);
    clock.advance(hourMs);
    checkEqual(await again(store), "gone", "the answer when it has just expired");
    clock.advance(rememberMs - hourMs - 1);
    await store.purge(10);
    checkEqual(await again(store), "gone", "the answer at the end of the time");
    clock.advance(1);
    await checkFree(subject);
  },

  async "a request key of what expires after its time is free at once"(subject) {
    const { store, clock } = subject;
    await enqueue(store, keyed({ retentionMs: 2 * rememberMs }));
    await runToEnd(store);
    clock.advance(2 * rememberMs);
    await checkFree(subject);
  },

  async "what is only remembered for its request key is in nobody's way"({ store, clock }) {
    await enqueue(store, keyed({ exclusiveKey: "shelf" }));
    await runToEnd(store);
    await store.delete("operations/a");
    clock.advance(hourMs);
    checkEqual(await store.purge(10), 1, "how many were purged");
    checkEqual(await store.purge(10), 0, "how many were purged the second time");
    checkEqual(await store.read("operations/a"), undefined, "what is read");
    checkEqual(await listedNames(store), [], "what is listed");
    checkEqual(await store.cancel("operations/a", cancelled), "absent", "what a cancel says");
    checkEqual(await store.delete("operations/a"), false, "whether it can be deleted again");
    checkEqual(await claimAll(store), [], "what can be claimed");
    checkEqual(await store.overdue(10), { overdue: [], nextInMs: undefined }, "what is overdue");
    checkEqual(
      await store.renew([{ name: "operations/a", fence: 1 }], leaseMs),
      [{ held: false, cancelRequested: false }],
      "what a renewal says",
    );
    checkEqual(await store.isTaken("shelf"), false, "whether its exclusive key is taken");
    checkEqual(await again(store), "gone", "the answer to its request");
  },
};
