// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, execFile, fork } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { OperationChange, OperationClaim } from "../../src/server/store.ts";
import { sqliteStore } from "../../src/stores/sqlite/index.ts";
import type { StoreCall, StoreMessage } from "../programs/store-replica.ts";
import { freshPath, namesIn } from "../stores/sqlite/files.ts";
import { cancelled, method, newOperation } from "../stores/sqlite/operations.ts";

const program = (name: string) => join(import.meta.dirname, `../../dist/test/programs/${name}.js`);

interface Replica {
  readonly changes: readonly OperationChange[];
  call(method: StoreCall["method"], ...values: unknown[]): Promise<unknown>;
}

/** A store in another process. */
async function startReplica(path: string): Promise<Replica> {
  const child: ChildProcess = fork(program("store-replica"), [path], { serialization: "advanced" });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const changes: OperationChange[] = [];
  const waiting: ((answer: unknown) => void)[] = [];
  child.on("message", (message: StoreMessage) => {
    if ("changes" in message) {
      changes.push(...message.changes);
    } else {
      waiting.shift()?.(message.answer);
    }
  });
  const answer = () => new Promise((resolve) => waiting.push(resolve));
  await answer();
  return {
    changes,
    call(method, ...values) {
      child.send({ method, values } satisfies StoreCall);
      return answer();
    },
  };
}

describe("what one process writes, the other is told", () => {
  const name = "operations/a";
  const plain = { name, cancelRequested: false, deleted: false };
  const inserted = { ...plain, state: "queued", fence: 0 } as const;
  const claimed = { ...plain, state: "running", fence: 1 } as const;
  const marked = { ...claimed, cancelRequested: true } as const;
  const ended = { ...marked, state: "done", fence: 2 } as const;
  const query = { methods: [method], limit: 1, suspectLimit: 1, leaseMs: 30_000 };
  const soon = { timeout: 5_000, interval: 2 };

  test("from the other process to this one", async () => {
    const path = freshPath();
    await using store = sqliteStore(path);
    const changes: OperationChange[] = [];
    store.subscribe((batch) => changes.push(...batch));
    const other = await startReplica(path);
    const told = (change: OperationChange) =>
      vi.waitFor(() => expect(changes).toContainEqual(change), soon);
    await other.call("insert", newOperation(name), { kind: "queued" });
    await told(inserted);
    const [claim] = (await other.call("claim", query)) as OperationClaim[];
    await told(claimed);
    await other.call("cancel", name, cancelled);
    await told(marked);
    await other.call("update", claim, { kind: "end", result: cancelled });
    await told(ended);
    await other.call("delete", name);
    await told({ ...ended, deleted: true });
  });

  test("from this process to the other one", async () => {
    const path = freshPath();
    const other = await startReplica(path);
    await using store = sqliteStore(path);
    const told = (change: OperationChange) =>
      vi.waitFor(() => expect(other.changes).toContainEqual(change), soon);
    await store.insert(newOperation(name), { kind: "queued" });
    await told(inserted);
    const [claim] = await store.claim(query);
    await told(claimed);
    await store.cancel(name, cancelled);
    await told(marked);
    await store.update(claim ?? { name, fence: -1 }, { kind: "end", result: cancelled });
    await told(ended);
  });
});

test("processes that open a new file at the same time all find it made, with one secret", async () => {
  const run = promisify(execFile);
  for (let round = 0; round < 3; round++) {
    const path = freshPath();
    const ids = ["a", "b", "c", "d", "e"].map((id) => `operations/${id}`);
    const outputs = await Promise.all(
      ids.map((id) => run(process.execPath, [program("store-open"), path, id])),
    );
    const results = outputs.map(({ stdout }) => JSON.parse(stdout) as Record<string, string>);
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(new Set(results.map(({ secret }) => secret)).size).toBe(1);
    expect(namesIn(path)).toEqual(ids);
  }
}, 60_000);
