// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { json } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { Sample } from "../harness/benchmark.ts";

const require = createRequire(import.meta.url);
const usageAtExit = new URL("./usage-at-exit.js", import.meta.url).href;

/** The programs of the generators. */
export const protocGenEs: string = require.resolve("@bufbuild/protoc-gen-es/bin/protoc-gen-es");
export const protocGenLongrunning: string = fileURLToPath(
  new URL("../../src/codegen/protoc-gen-longrunning.js", import.meta.url),
);

/**
 * Runs a generator as buf does: a process, from its start to its end, with a request on stdin.
 *
 * @throws Error with what it said, if it fails, or generates nothing.
 */
export async function runGenerator(program: string, request: string): Promise<Sample> {
  const startMs = performance.now();
  const child = spawn(process.execPath, ["--import", usageAtExit, program], {
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const [, stdout, stderr, usage] = child.stdio;
  const complaints: string[] = [];
  stderr.setEncoding("utf8").on("data", (text) => complaints.push(text));
  let size = 0;
  stdout.on("data", (chunk) => {
    size += chunk.length;
  });
  const used = json(usage as NodeJS.ReadableStream) as Promise<NodeJS.ResourceUsage>;
  const [[code]] = await Promise.all([
    once(child, "close"),
    pipeline(createReadStream(request), child.stdin),
    used,
  ]);
  if (code !== 0 || size === 0) {
    throw new Error(`${program} ended with ${code}: ${complaints.join("")}`);
  }
  const { userCPUTime, systemCPUTime, maxRSS } = await used;
  return {
    ms: performance.now() - startMs,
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    peakMB: (maxRSS * 1024) / 1e6,
  };
}
