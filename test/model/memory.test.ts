// SPDX-License-Identifier: Apache-2.0

import { test } from "vitest";
import { memory } from "../server/stores.ts";
import { runSequences } from "./sequences.ts";

test("whatever happens, every answer is one that may be given: memory", {
  timeout: 240_000,
}, async () => {
  await runSequences(memory, 1700);
});
