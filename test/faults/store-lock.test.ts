// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, onTestFinished, test } from "vitest";
import { sqliteStore } from "../../src/stores/sqlite/index.ts";
import { freshPath, namesIn } from "../stores/sqlite/files.ts";
import { names, newOperation } from "../stores/sqlite/operations.ts";

const program = join(import.meta.dirname, "../../dist/test/programs/store-lock.js");

/** Settles once another process holds the lock of a database, which it does for `ms`. */
async function lockedElsewhere(path: string, kind: string, ms: number): Promise<void> {
  const child = spawn(process.execPath, [program, path, kind, String(ms)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  expect(String(line)).toBe("locked\n");
}

test("a process that holds the write lock for 3 s does not hold up our event loop", async () => {
  const path = freshPath();
  await using store = sqliteStore(path);
  await store.insert(newOperation("operations/read"), { kind: "queued" });
  await lockedElsewhere(path, "immediate", 3_000);

  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const began = performance.now();
  let writing = true;
  const inserts = Promise.all(
    names(100).map((name) => store.insert(newOperation(name), { kind: "queued" })),
  );
  const done = inserts.finally(() => {
    writing = false;
  });
  let reads = 0;
  while (writing) {
    expect((await store.read("operations/read"))?.state).toBe("queued");
    reads++;
    await new Promise(setImmediate);
  }
  await done;
  const waitedMs = performance.now() - began;
  delays.disable();

  // Held up by the lock, it would be so all the time; a busy machine does that for less than half.
  expect(waitedMs).toBeGreaterThan(1_500);
  expect(reads).toBeGreaterThan(100);
  expect(delays.max / 1e6).toBeLessThan(1_500);
  expect(namesIn(path)).toEqual([...names(100), "operations/read"]);
});

test("a file that is being written can be opened", async () => {
  const path = freshPath();
  await sqliteStore(path).close();
  await lockedElsewhere(path, "immediate", 10_000);
  await using store = sqliteStore(path);
  expect(await store.read("operations/a")).toBeUndefined();
  expect(await store.secret()).toHaveLength(32);
  // The lock outlives this test: what is asked for must not be waited for.
}, 9_000);

test("a new file that another process has locked is waited for", async () => {
  const path = freshPath();
  await lockedElsewhere(path, "exclusive", 500);
  await using store = sqliteStore(path);
  await store.insert(newOperation("operations/a"), { kind: "queued" });
  expect(namesIn(path)).toEqual(["operations/a"]);
});

test("a new file that stays locked is refused after five seconds, by name", async () => {
  const path = freshPath();
  await lockedElsewhere(path, "exclusive", 30_000);
  expect(() => sqliteStore(path)).toThrow(
    `Cannot keep operations in "${path}": it is locked by another process`,
  );
});
