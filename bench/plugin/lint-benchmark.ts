// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Benchmark, BenchmarkOptions, Subject } from "../harness/benchmark.ts";
import { buf, root } from "./request.ts";

const program = fileURLToPath(
  new URL("../../src/codegen/buf-plugin-longrunning.js", import.meta.url),
);
const modules = [{ path: "proto" }, { path: "examples/checksum/proto" }];
const lintOf = (...use: readonly string[]) => ({
  use,
  ignore: ["proto"],
  except: ["RPC_RESPONSE_STANDARD_NAME", "RPC_REQUEST_RESPONSE_UNIQUE"],
});
const bare = { version: "v2", modules, lint: lintOf("STANDARD") };
const withPlugin = {
  ...bare,
  lint: lintOf("STANDARD", "AIP"),
  plugins: [{ plugin: [process.execPath, program] }],
};

/** `buf lint` of a small module, with and without our plugin, which it starts nine times. */
export function lint({ quick }: BenchmarkOptions): Benchmark {
  return {
    name: "lint",
    title: "buf lint of a small module",
    metrics: { ms: { unit: "ms", compare: "difference" } },
    variants: [
      { name: "buf", open: () => open(bare) },
      { name: "buf-plugin-longrunning", floor: "buf", open: () => open(withPlugin) },
    ],
    goals: [
      {
        variant: "buf-plugin-longrunning",
        metric: "ms",
        of: "value",
        bound: "atMost",
        limit: 1000,
      },
    ],
    rounds: quick ? 5 : 20,
    warmUps: 1,
  };
}

async function open(config: object): Promise<Subject> {
  const args = [buf, "lint", "--config", JSON.stringify(config)];
  async function round() {
    const startMs = performance.now();
    await promisify(execFile)(process.execPath, args, { cwd: root });
    return { ms: performance.now() - startMs };
  }
  return { round, close: async () => {} };
}
