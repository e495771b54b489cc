// SPDX-License-Identifier: Apache-2.0

import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import { assert, asyncProperty, record, string } from "fast-check";
import { expect, test } from "vitest";
import { pageTokens } from "../../src/server/api/page-token.ts";
import { memoryStore } from "../../src/server/index.ts";
import { failureOf } from "./failure.ts";
import { replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";

const position = { createTimeUs: 1_700_000_000_000_001, name: "operations/a" };
const args = { caller: "", parent: "", filter: "" };
const texts = { caller: string(), parent: string(), filter: string() };
const dayMs = 24 * 60 * 60 * 1_000;

function tokens() {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  return { clock, store, tokens: pageTokens(() => store.secret(), clock) };
}

test("a token goes on where it was made, for the arguments it was made for", async () => {
  await assert(
    asyncProperty(string(), record(texts), async (name, args) => {
      const { tokens: ours } = tokens();
      const token = await ours.write({ ...position, name }, args);
      expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(await ours.read(token, args)).toEqual({ ...position, name });
      for (const other of ["caller", "parent", "filter"] as const) {
        const changed = { ...args, [other]: `${args[other]}x` };
        expect(await ours.read(token, changed)).toBeUndefined();
      }
      const { caller, parent, filter } = args;
      if (caller !== parent || parent !== filter) {
        const turned = { caller: parent, parent: filter, filter: caller };
        expect(await ours.read(token, turned)).toBeUndefined();
      }
    }),
  );
});

test("a token with any byte changed, left out or added is refused", async () => {
  const { tokens: ours } = tokens();
  const bytes = base64Decode(await ours.write(position, args));
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.slice();
    changed[i] = (changed[i] ?? 0) ^ (1 << (i % 8));
    expect(await ours.read(base64Encode(changed, "url"), args)).toBeUndefined();
    expect(await ours.read(base64Encode(bytes.subarray(0, i), "url"), args)).toBeUndefined();
  }
  expect(await ours.read(base64Encode(Uint8Array.of(...bytes, 0), "url"), args)).toBeUndefined();
});

test("nobody can read a token, or see that two go on at the same place", async () => {
  const { tokens: ours } = tokens();
  const [token, again] = [await ours.write(position, args), await ours.write(position, args)];
  expect(new TextDecoder("latin1").decode(base64Decode(token))).not.toMatch(/operations|170000/);
  expect(again).not.toBe(token);
});

test("the longest name makes a token that is short enough to be read", async () => {
  const { tokens: ours } = tokens();
  const longest = { ...position, name: "\uffff".repeat(1_024) };
  expect(await ours.read(await ours.write(longest, args), args)).toEqual(longest);
});

test.each(["", "x", "!", "====", "é", "a".repeat(4_096), "a".repeat(9_000)])(
  "%j is no token",
  async (token) => {
    expect(await tokens().tokens.read(token, args)).toBeUndefined();
  },
);

test("a token dies after three days", async () => {
  const { clock, tokens: ours } = tokens();
  const token = await ours.write(position, args);
  await clock.advance(3 * dayMs - 1);
  expect(await ours.read(token, args)).toEqual(position);
  await clock.advance(1);
  expect(await ours.read(token, args)).toBeUndefined();
});

test("another store's token is refused, another replica's is not", async () => {
  const [one, other] = [tokens(), tokens()];
  const token = await one.tokens.write(position, args);
  expect(await other.tokens.read(token, args)).toBeUndefined();
  const replicated = pageTokens(() => one.store.secret(), one.clock);
  expect(await replicated.read(token, args)).toEqual(position);
});

test("a store that was away once does not spoil the key", async () => {
  const { clock, store } = tokens();
  let away = true;
  const ours = pageTokens(
    async () => (away ? Promise.reject(new Error("away")) : await store.secret()),
    clock,
  );
  await expect(ours.write(position, args)).rejects.toThrow("away");
  away = false;
  expect(await ours.read(await ours.write(position, args), args)).toEqual(position);
});

test("a token is refused under another parent, and honoured with another page size", async () => {
  const clock = steppedClock();
  await using a = replica(async () => ({}), { store: memoryStore({ clock }), clock, work: false });
  const names = [await a.start(), await a.start(), await a.start()];
  const { nextPageToken: pageToken } = await a.api.listOperations({ pageSize: 1 });
  const rest = await a.api.listOperations({ pageSize: 9, pageToken });
  expect(rest.operations.map(({ name }) => name)).toEqual([names[1], names[0]]);
  const elsewhere = a.api.listOperations({ name: "projects/p", pageToken });
  expect(await failureOf(elsewhere)).toMatchObject({ reason: "PAGE_TOKEN_INVALID" });
});
