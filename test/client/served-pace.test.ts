// SPDX-License-Identifier: Apache-2.0

import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { gate } from "../server/gate.ts";
import { until } from "../server/turns.ts";
import { type ChecksumHandler, serving } from "./serving.ts";
import { transportKinds } from "./transports.ts";

const runMs = 10_000;
const reportMs = 100;

/** Reports ten times a second, for ten seconds. */
const reportOften: ChecksumHandler = async (_, operation) => {
  let filesDone = 0n;
  for (const endsAt = performance.now() + runMs; performance.now() < endsAt; filesDone++) {
    void operation.report({ filesDone });
    await pause(reportMs, undefined, { signal: operation.signal });
  }
  return { files: filesDone };
};

// It is the server's time that passes, so this one takes its ten seconds, for all transports at once.
test("progress shows while an operation runs, and who only wants the result asks once", async () => {
  const followed = transportKinds.map(async (kind) => {
    await using a = await serving(kind, reportOften, { inRealTime: true });
    const [listening, waiting] = await Promise.all([
      a.client.checksumTree({}, { headers: { who: "listens" } }),
      a.client.checksumTree({}, { headers: { who: "waits" } }),
    ]);
    const result = waiting.result();
    const seen: bigint[] = [];
    for await (const { filesDone } of listening.progress()) {
      seen.push(filesDone);
    }
    const { files } = await listening.result();
    await result;
    const calls = (who: string) =>
      a.served.filter(({ header }) => header.get("who") === who).map(({ method }) => method);
    return { name: kind.name, seen, files, listens: calls("listens"), waits: calls("waits") };
  });

  for (const { name, seen, files, listens, waits } of await Promise.all(followed)) {
    expect(seen.length, `${name}: ${seen}`).toBeGreaterThanOrEqual(8);
    expect(seen.at(-1), name).toBe(files - 1n);
    expect(new Set(seen).size, name).toBe(seen.length);
    expect(listens.length, `${name}: ${listens}`).toBeLessThanOrEqual(14);
    expect(waits, name).toEqual(["ChecksumTree", "WaitOperation"]);
  }
}, 60_000);

test.each(transportKinds)(
  "over $name, who only wants the result makes one call each 30 s",
  async (kind) => {
    const go = gate();
    await using a = await serving(kind, async () => {
      await go.passed;
      return {};
    });
    const operation = await a.client.checksumTree({});

    const result = operation.result();
    for (let calls = 1; calls <= 4; calls++) {
      await until(() => a.served.length === calls + 1 && a.served[calls]?.isPending);
      await a.advance(29_000);
      expect(a.served).toHaveLength(calls + 1);
      await a.advance(1_000);
    }
    go.open();
    await result;

    expect(new Set(a.methods.slice(1))).toEqual(new Set(["WaitOperation"]));
  },
);
