// SPDX-License-Identifier: Apache-2.0

import { cors } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { corsLists } from "../../../src/node/index.ts";

test("scripts of other origins may do what each protocol needs", () => {
  expect(corsLists.methods).toEqual(expect.arrayContaining([...cors.allowedMethods]));
  expect(corsLists.methods).toEqual(expect.arrayContaining(["DELETE", "PATCH", "PUT"]));
  expect(corsLists.allowedHeaders).toEqual(expect.arrayContaining([...cors.allowedHeaders]));
  expect(corsLists.allowedHeaders).toEqual(expect.arrayContaining(["Authorization"]));
  expect(corsLists.exposedHeaders).toEqual(expect.arrayContaining([...cors.exposedHeaders]));
  // A browser refuses a list that names a thing twice no more than one that does not, but we do.
  for (const list of Object.values(corsLists)) {
    const names = list.map((name: string) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  }
});
