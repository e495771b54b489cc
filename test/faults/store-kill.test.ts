// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sqliteStore } from "../../src/stores/sqlite/index.ts";
import { freshPath, namesIn } from "../stores/sqlite/files.ts";

const program = join(import.meta.dirname, "../../dist/test/programs/store-writer.js");

/** Lets a process write until it has acknowledged so much, kills it, and gives back its lines. */
async function writeAndDie(path: string, prefix: string, lines: number): Promise<string[]> {
  const writer = spawn(process.execPath, [program, path, prefix], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    writer.kill("SIGKILL");
  });
  let output = "";
  writer.stdout.setEncoding("utf8");
  writer.stdout.on("data", (text: string) => {
    output += text;
    if (output.split("\n").length > lines) {
      writer.kill("SIGKILL");
    }
  });
  const [code, signal] = (await once(writer, "close")) as [number | null, string | null];
  expect([code, signal]).toEqual([null, "SIGKILL"]);
  // The last line may be cut off: it counts only with its end.
  return output.split("\n").slice(0, -1);
}

test("kill -9 under load, ten times, loses nothing that was acknowledged", async () => {
  const path = freshPath();
  const inserted: string[] = [];
  const ended: string[] = [];
  for (let round = 0; round < 10; round++) {
    const lines = await writeAndDie(path, `operations/${round}-`, 40 + round * 150);
    for (const line of lines) {
      const [event, name = ""] = line.split(" ");
      (event === "inserted" ? inserted : ended).push(name);
    }
  }
  expect(inserted.length).toBeGreaterThan(3_000);
  expect(ended.length).toBeGreaterThan(1_000);

  const stored = new Set(namesIn(path));
  expect(inserted.filter((name) => !stored.has(name))).toEqual([]);
  await using store = sqliteStore(path);
  const states = await Promise.all(
    ended.map(async (name) => {
      const record = await store.read(name);
      return record?.state === "done" && record.result?.kind === "response";
    }),
  );
  expect(states.filter((complete) => !complete)).toEqual([]);
}, 60_000);
