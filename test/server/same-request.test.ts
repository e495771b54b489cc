// SPDX-License-Identifier: Apache-2.0

import { type DescMessage, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { requestKeyOf } from "../../src/server/start/operation-keys.ts";
import { host, message, types } from "./building.ts";
import { failureOf } from "./failure.ts";
import { steppedClock } from "./stepped-clock.ts";

const requestId = "0b4c1f0e-2a6d-4a31-9b5e-3a1f0c2d4e5f";
const requestSchema = types.getMessage("build.v1.BuildRequest") as DescMessage;
const day = 24 * 60 * 60 * 1000;

function hostOf(clock = steppedClock(), store = memoryStore({ clock })) {
  return host({ build: async () => ({ image: "built" }) }, { clock, store });
}

describe("a request with a used id", () => {
  const different = [
    { target: "y" },
    { target: "x", labels: { a: "b" } },
    { target: "x", weight: 1 },
  ];

  test.each(different)("that is another, %j, is refused", async (other) => {
    await using a = hostOf();
    await a.build({ requestId, target: "x" });
    expect(await failureOf(a.build({ requestId, ...other }))).toMatchObject({
      code: "InvalidArgument",
      reason: "REQUEST_ID_REUSED",
      message:
        "request_id: was used before, for a request that is not the same; each takes a new one",
      details: { BadRequest: { fieldViolations: [{ field: "request_id" }] } },
    });
    expect(a.errors).toEqual([]);
  });

  test("is the same whatever the order of its maps, in an Any too", async () => {
    await using a = hostOf();
    const labels = (keys: string[]) => Object.fromEntries(keys.map((key) => [key, "1"]));
    const extra = (keys: string[]): Any => {
      const packed = message("BuildRequest", { labels: labels(keys) });
      return anyPack(requestSchema, packed);
    };
    const request = (keys: string[]) => ({ requestId, labels: labels(keys), extra: extra(keys) });
    expect(extra(["a", "b"]).value).not.toEqual(extra(["b", "a"]).value);
    const { name } = await a.build(request(["a", "b"]));
    expect(await a.build(request(["b", "a"]))).toMatchObject({ name });
    const other = a.build({ ...request(["a", "b"]), extra: extra(["a", "c"]) });
    expect(await failureOf(other)).toMatchObject({ reason: "REQUEST_ID_REUSED" });
  });

  test("may hold an Any of a type that nobody knows", async () => {
    await using a = hostOf();
    const extra = { typeUrl: "type.example/unknown.Type", value: new Uint8Array([1]) };
    const { name } = await a.build({ requestId, extra });
    expect(await a.build({ requestId, extra })).toMatchObject({ name });
    const other = a.build({ requestId, extra: { ...extra, value: new Uint8Array([2]) } });
    expect(await failureOf(other)).toMatchObject({ reason: "REQUEST_ID_REUSED" });
  });

  test("may hold what is not a number", async () => {
    await using a = hostOf();
    const { name } = await a.build({ requestId, weight: Number.NaN });
    expect(await a.build({ requestId: requestId.toUpperCase(), weight: Number.NaN })).toMatchObject(
      { name },
    );
  });

  test("is compared as far as this version knows its fields", async () => {
    await using a = hostOf();
    const { name } = await a.build({ requestId, target: "x" });
    const newer = message("BuildRequest", { requestId, target: "x" });
    const data = new BinaryWriter().uint32(7).finish();
    newer.$unknown = [{ no: 99, wireType: WireType.Varint, data }];
    expect(toBinary(requestSchema, newer).length).toBeGreaterThan(40);
    expect(await a.build(newer)).toMatchObject({ name });
  });

  test("is another if the earlier one no longer parses", async () => {
    const clock = steppedClock();
    const store = memoryStore({ clock });
    await using a = hostOf(clock, store);
    const key = requestKeyOf({ owner: "", method: "build.v1.Builder/Build", id: requestId });
    await store.insert(
      {
        name: "operations/a",
        method: "build.v1.Builder/Build",
        owner: "",
        request: new Uint8Array([0xff]),
        maxLosses: 0,
        cancelGraceMs: 0,
        retentionMs: day,
        requestKey: { key, rememberMs: day },
      },
      { kind: "external", timeoutMs: day },
    );
    expect(await failureOf(a.build({ requestId }))).toMatchObject({ reason: "REQUEST_ID_REUSED" });
    expect(a.errors).toEqual([]);
  });
});
