// SPDX-License-Identifier: Apache-2.0

import { test } from "vitest";
import { sqlite } from "../server/stores.ts";
import { runSequences } from "./sequences.ts";

test("whatever happens, every answer is one that may be given: SQLite", {
  timeout: 240_000,
}, async () => {
  await runSequences(sqlite, 300);
});
