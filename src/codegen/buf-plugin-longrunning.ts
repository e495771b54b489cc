#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0

import { buffer } from "node:stream/consumers";
import { type Plugin, runPlugin } from "./lint/plugin-rpc.ts";

const plugin: Plugin = {
  paths: [
    "/buf.plugin.check.v1.CheckService/Check",
    "/buf.plugin.check.v1.CheckService/ListRules",
    "/buf.plugin.check.v1.CheckService/ListCategories",
  ],
  async call(call) {
    const { firstPage } = await import("./lint/first-page.ts");
    const answer = firstPage(call);
    if (answer !== undefined) {
      return answer;
    }
    const { callCheckService } = await import("./lint/check-service.ts");
    return callCheckService(call);
  },
};

try {
  const output = await runPlugin(plugin, {
    args: process.argv.slice(2),
    // A terminal has nothing to say, and would be waited for.
    readStdin: async () => (process.stdin.isTTY ? new Uint8Array() : buffer(process.stdin)),
  });
  process.stdout.write(output);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`buf-plugin-longrunning: ${message}\n`);
  process.exitCode = 1;
}
