// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("a process stays until what it drains is given back", async () => {
  const program = join(import.meta.dirname, "../../dist/test/programs/drain.js");
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  expect(stdout).toBe("closed\n");
});
