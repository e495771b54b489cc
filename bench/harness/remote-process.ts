// SPDX-License-Identifier: Apache-2.0

// The other end of `openRemote`: node remote-process.js <module URL> <options as JSON>

import type { Calls, RemoteAnswer, RemoteCall, RemoteModule } from "./remote.ts";

const [, , module = "", options = ""] = process.argv;
let calls: Calls = {};

async function answer(id: number, work: () => unknown): Promise<void> {
  let answer: RemoteAnswer;
  try {
    answer = { id, value: await work() };
  } catch (error) {
    answer = { id, error: error instanceof Error ? String(error.stack) : String(error) };
  }
  process.send?.(answer);
}

process.on("message", ({ id, name, argument }: RemoteCall) => {
  void answer(id, () => calls[name]?.(argument as never));
});
// Nobody is left to ask for anything.
process.on("disconnect", () => process.exit());

await answer(0, async () => {
  const { open } = (await import(module)) as RemoteModule;
  calls = await open(JSON.parse(options) as never);
});
