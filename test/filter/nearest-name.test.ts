// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { nearest } from "../../src/filter/nearest-name.ts";

test.each([
  ["filesDone", ["files", "files_done"], "files_done"],
  ["aB", ["b", "a_b"], "a_b"],
  ["RUNING", ["PAUSED", "RUNNING"], "RUNNING"],
  ["stage", ["stages", "stage_"], "stage_"],
  ["abcdef", ["abcdxy"], "abcdxy"],
  ["abcdef", ["abcxyz"], undefined],
  ["abcdef", ["abcdefghi"], undefined],
  ["ab", ["ax"], undefined],
  ["a", [], undefined],
])("%s among %j is %s", (name, known, meant) => {
  expect(nearest(name, known)).toBe(meant);
});
