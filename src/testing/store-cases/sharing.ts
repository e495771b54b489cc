// SPDX-License-Identifier: Apache-2.0

import type { NewOperation, OperationChange } from "../../server/store.ts";
import { checkEqual, checkRejects } from "../check.ts";
import { eventually } from "./eventually.ts";
import { listedNames, wholeList } from "./list-queries.ts";
import {
  cancelled,
  claimAll,
  enqueue,
  fieldsOf,
  hourMs,
  newOperation,
  packed,
  running,
  type StoreCases,
  stored,
  succeeded,
} from "./store-case.ts";

/** What several replicas on the same data must do. */
export const sharing: StoreCases = {
  async "replicas see each other's writes"({ store, openReplica }) {
    const other = await openReplica();
    const claim = await running(store);
    checkEqual(fieldsOf(await stored(other)), fieldsOf(await stored(store)), "the record");
    await checkRejects(enqueue(other, newOperation(claim.name)), "an insert of the same name");
    checkEqual(await claimAll(other), [], "what the other can claim");
    checkEqual(await other.cancel(claim.name, cancelled), "requested", "the other's cancel");
    const renewed = await store.renew([claim], 1_000);
    checkEqual(renewed, [{ held: true, cancelRequested: true }], "what a renewal says");
    checkEqual(await other.update(claim, { kind: "end", result: succeeded }), true, "the end");
    checkEqual((await stored(store)).result, succeeded, "the result");
    checkEqual(await store.update(claim, { kind: "end", result: cancelled }), false, "a late end");
  },

  async "replicas share the secret"({ store, openReplica }) {
    const other = await openReplica();
    checkEqual(await other.secret(), await store.secret(), "the secret");
  },

  async "replicas share request keys and exclusive keys"({ store, clock, openReplica }) {
    const other = await openReplica();
    const race = (key: string, init: Partial<NewOperation>) =>
      Promise.all(
        [store, other].map(async (replica, index) => {
          const operation = newOperation(`operations/${key}${index}`, init);
          return (await replica.insert(operation, { kind: "queued" })).kind;
        }),
      );
    const requestKey = { key: "key", rememberMs: 2 * hourMs };
    const requests = await race("a", { requestKey });
    checkEqual(requests.sort(), ["duplicate", "inserted"], "a race for a request key");
    const holders = await race("b", { exclusiveKey: "shelf" });
    checkEqual(holders.sort(), ["excluded", "inserted"], "a race for an exclusive key");
    for (const claim of await claimAll(other)) {
      await other.update(claim, { kind: "end", result: succeeded });
      await store.delete(claim.name);
    }
    checkEqual(await store.isTaken("shelf"), false, "whether the key is taken after the end");
    clock.advance(hourMs);
    await store.purge(10);
    checkEqual(await other.earlier("key"), { kind: "gone" }, "what became of the request");
  },

  async "replicas make distinct creation times, and share the order of lists"({
    store,
    openReplica,
  }) {
    const other = await openReplica();
    const names: string[] = [];
    for (let index = 0; index < 20; index++) {
      const name = `operations/${index}`;
      names.push(name);
      await enqueue(index % 3 === 0 ? other : store, newOperation(name));
    }
    checkEqual(await listedNames(store), names.toReversed(), "the names, newest first");
    checkEqual(await listedNames(other), names.toReversed(), "the names that the other lists");
  },

  async "replicas claim each operation once"({ store, openReplica }) {
    const replicas = [store, await openReplica(), await openReplica()];
    const names = Array.from({ length: 30 }, (_, index) => `operations/${index}`);
    await Promise.all(names.map((name) => enqueue(store, newOperation(name))));
    const claims: string[] = [];
    while (claims.length < names.length) {
      const batches = await Promise.all(replicas.map((replica) => claimAll(replica, 4)));
      const claimed = batches.flat().map((claim) => claim.name);
      if (claimed.length === 0) {
        break;
      }
      claims.push(...claimed);
    }
    checkEqual(claims.sort(), names.sort(), "everything claimed, each once");
  },

  async "replicas are told of each other's writes"({ store, clock, openReplica }) {
    const other = await openReplica();
    const changes: OperationChange[] = [];
    store.subscribe((batch) => {
      changes.push(...batch);
    });
    const told = (what: string, condition: (change: OperationChange) => boolean) =>
      eventually(clock, { what: `that ${what} is told`, condition: () => changes.some(condition) });
    const claim = await running(other);
    await told("a claim", ({ state, fence }) => state === "running" && fence === 1);
    await other.cancel(claim.name, cancelled);
    await told("a cancel", ({ cancelRequested }) => cancelRequested);
    await store.update(claim, { kind: "report", metadata: packed(1) });
    await other.update(claim, { kind: "end", result: succeeded });
    await told("an end", ({ state, fence }) => state === "done" && fence === 2);
    await other.delete(claim.name);
    await told("a delete", ({ deleted }) => deleted);
  },

  async "replicas are told of everything when all write at once"({ store, clock, openReplica }) {
    const other = await openReplica();
    const told = [new Set<string>(), new Set<string>()];
    for (const [index, replica] of [store, other].entries()) {
      replica.subscribe((changes) => {
        for (const { name } of changes) {
          told[index]?.add(name);
        }
      });
    }
    const names = Array.from({ length: 300 }, (_, index) => `operations/${index}`);
    const inserts = names.map(async (name, index) => {
      await enqueue(index % 2 === 0 ? store : other, newOperation(name));
    });
    await Promise.all(inserts);
    await eventually(clock, {
      what: "that both are told of all",
      condition: () => told.every(({ size }) => size === names.length),
    });
  },

  async "a store that was closed holds everything when it is opened again"({ store, openReplica }) {
    const claim = await running(store, "operations/a");
    await store.update(claim, { kind: "end", result: succeeded, metadata: packed(9, 200) });
    await enqueue(store, newOperation("operations/b", { metadata: packed(1, 0) }));
    const before = await store.list(wholeList);
    const secret = await store.secret();
    await store.close();
    const reopened = await openReplica();
    const after = await reopened.list(wholeList);
    checkEqual(after.records.map(fieldsOf), before.records.map(fieldsOf), "the records");
    checkEqual(await reopened.secret(), secret, "the secret");
    checkEqual((await claimAll(reopened)).length, 1, "how many can be claimed");
  },
};
