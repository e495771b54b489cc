// SPDX-License-Identifier: Apache-2.0

import { afterEach, expect, test, vi } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { linkTo } from "./link.ts";
import { replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

const print = vi.spyOn(console, "error").mockImplementation(() => undefined);
afterEach(() => print.mockClear());

const secret = new Error("secret");

function failing(onError: ((error: unknown) => void) | undefined) {
  const clock = steppedClock();
  const link = linkTo(memoryStore({ clock }));
  const tree = async () => {
    throw secret;
  };
  const options = onError === undefined ? { onError: undefined as never } : { onError };
  return { clock, link, a: replica(tree, { store: link.store, clock, ...options }) };
}

test.each([
  {
    how: "throws",
    onError() {
      throw new Error("broken");
    },
  },
  {
    how: "rejects",
    async onError() {
      throw new Error("broken");
    },
  },
])("an onError that $how takes nothing along, and loses nothing", async ({ onError }) => {
  const { link, a } = failing(onError);
  await using _ = a;
  const name = await a.start();
  await until(async () => (await a.outcome(name)).kind === "failed");
  link.down = true;
  await expect(a.outcome(name)).rejects.toThrow("the operation store failed");
  link.down = false;
  await turns();
  expect(print.mock.calls).toEqual([
    [`longrunning: the handler of ${name} failed:`, secret],
    [`longrunning: the handler of ${name} failed:`, new Error("broken")],
    ["longrunning: the store failed:", new Error("The link is down")],
    ["longrunning: the store failed:", new Error("broken")],
  ]);
});

test("without an onError, errors are printed", async () => {
  const { a } = failing(undefined);
  await using _ = a;
  const name = await a.start();
  await until(async () => (await a.outcome(name)).kind === "failed");
  expect(print.mock.calls).toEqual([[`longrunning: the handler of ${name} failed:`, secret]]);
});
