// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { outcomeOf } from "../../src/index.ts";

// A process as busy as can be loses none of these leases.
const longLeaseMs = 60_000;
const types = ChecksumServiceOperations.operations.checksumTree;

interface LogLine {
  readonly event: "begin" | "end";
  readonly name: string;
  readonly attempt: number;
  readonly pid: number;
}

let folder: string;
let replicas: Replica[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "longrunning-"));
  replicas = [];
});

afterEach(async () => {
  for (const { child } of replicas) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

class Replica {
  readonly child: ChildProcess;
  readonly checksum;
  readonly operations;

  private constructor(child: ChildProcess, baseUrl: string) {
    this.child = child;
    const transport = createConnectTransport({ baseUrl, httpVersion: "2" });
    this.checksum = createClient(ChecksumServiceOperations, transport);
    this.operations = createClient(Operations, transport);
  }

  static async start(leaseMs = longLeaseMs): Promise<Replica> {
    const program = join(import.meta.dirname, "../../dist/test/programs/replica.js");
    const child = fork(program, [join(folder, "operations.db"), log(), String(leaseMs)], {
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    const [line] = await once(child.stdout ?? child, "data");
    const replica = new Replica(child, String(line).trim());
    replicas.push(replica);
    return replica;
  }

  async begin(takesMs: number): Promise<string> {
    return (await this.checksum.checksumTree({ root: JSON.stringify({ takesMs }) })).name;
  }

  async worstDelayMs(): Promise<number> {
    const answer = once(this.child, "message");
    this.child.send("delay");
    const [{ worstDelayMs }] = (await answer) as [{ worstDelayMs: number }];
    return worstDelayMs;
  }
}

function log(): string {
  return join(folder, "log");
}

function logLines(name?: string): LogLine[] {
  let text = "";
  try {
    text = readFileSync(log(), "utf8");
  } catch {
    // No handler has begun yet.
  }
  const lines = text.split("\n").filter((line) => line !== "");
  return lines
    .map((line) => JSON.parse(line) as LogLine)
    .filter((line) => name === undefined || line.name === name);
}

async function until(condition: () => boolean, boundMs = 10_000): Promise<void> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > boundMs) {
      throw new Error(`It has not come to that within ${boundMs} ms`);
    }
    await delay(5);
  }
}

describe("two processes on one file", () => {
  test("every operation runs, and none in two places at once", async () => {
    const [a, b] = await Promise.all([Replica.start(), Replica.start()]);
    const names = await Promise.all(
      Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? a : b).begin(20)),
    );
    const waited = await Promise.all(
      names.map((name, i) => (i % 3 === 0 ? a : b).operations.waitOperation({ name })),
    );
    for (const operation of waited) {
      expect(outcomeOf(operation, types).kind).toBe("succeeded");
    }
    for (const name of names) {
      expect(logLines(name).map(({ event }) => event)).toEqual(["begin", "end"]);
    }
    expect(new Set(logLines().map(({ pid }) => pid)).size).toBe(2);
  });

  test("the work of a killed process moves to the other within a lease", async () => {
    const leaseMs = 4_000;
    const [a, b] = await Promise.all([Replica.start(leaseMs), Replica.start(leaseMs)]);
    const names = await Promise.all(Array.from({ length: 5 }, () => a.begin(1_000)));
    await until(() => names.every((name) => logLines(name).length === 1));
    a.child.kill("SIGKILL");
    const moved = () => names.every((name) => logLines(name).some((l) => l.pid === b.child.pid));
    // A lease from the last renewal, and the time that it takes to look and to claim.
    await until(moved, leaseMs + 3_000);
    for (const name of names) {
      const outcome = outcomeOf(await b.operations.waitOperation({ name }), types);
      expect(outcome).toMatchObject({ kind: "succeeded", metadata: { attempt: 2 } });
    }
  });

  test("Wait and Cancel reach across", async () => {
    const [a, b] = await Promise.all([Replica.start(), Replica.start()]);
    const name = await a.begin(60_000);
    const waiting = b.operations.waitOperation({ name });
    await until(() => logLines(name).length === 1);
    await b.operations.cancelOperation({ name });
    // A renewal, which would tell it too, comes after the time that this test has.
    expect(outcomeOf(await waiting, types)).toMatchObject({ kind: "cancelled" });
    expect(logLines(name).map(({ event }) => event)).toEqual(["begin", "end"]);

    const next = await a.begin(50);
    const answered = await b.operations.waitOperation({ name: next });
    expect(outcomeOf(answered, types)).toMatchObject({
      kind: "succeeded",
      response: { treeDigest: String(a.child.pid) },
    });
  });

  test("shut down, a process hands over at once", async () => {
    const [a, b] = await Promise.all([Replica.start(), Replica.start()]);
    const name = await a.begin(1_000);
    await until(() => logLines(name).length === 1);
    a.child.kill("SIGTERM");
    const moved = () => logLines(name).some(({ pid }) => pid === b.child.pid);
    await until(moved);
    expect(outcomeOf(await b.operations.waitOperation({ name }), types)).toMatchObject({
      kind: "succeeded",
      metadata: { attempt: 2 },
    });
  });

  test("whoever holds the write lock for 3 s does not stall the others' event loops", async () => {
    const replica = await Replica.start();
    const earlier = await replica.begin(0);
    await replica.operations.waitOperation({ name: earlier });
    const database = new Database(join(folder, "operations.db"));
    await replica.worstDelayMs();
    database.exec("BEGIN IMMEDIATE");
    const start = performance.now();
    const starting = replica.begin(0);
    let reads = 0;
    while (performance.now() - start < 3000) {
      await replica.operations.getOperation({ name: earlier });
      reads++;
    }
    const worst = await replica.worstDelayMs();
    database.exec("ROLLBACK");
    database.close();
    // Held up by the lock, it would be so all the time; a busy machine does that for less than half.
    expect(worst).toBeLessThan(1_500);
    expect(reads).toBeGreaterThan(50);
    const operation = await replica.operations.waitOperation({ name: await starting });
    expect(outcomeOf(operation, types).kind).toBe("succeeded");
  });
});
