// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import {
  createOperations,
  memoryStore,
  type OperationStore,
  type OperationsOptions,
} from "../../src/server/index.ts";
import { settingsOf } from "../../src/server/options.ts";

const store = memoryStore();
const longest = 2 ** 31 - 1;
const largest = Number.MAX_SAFE_INTEGER;

// biome-ignore format: a table reads better.
const numbers: readonly { name: keyof OperationsOptions; least: number; most: number }[] = [
  { name: "concurrency",        least: 1,         most: largest },
  { name: "leaseMs",            least: 100,       most: longest },
  { name: "progressIntervalMs", least: 1,         most: longest },
  { name: "cancelGraceMs",      least: 0,         most: largest },
  { name: "maxLosses",          least: 0,         most: largest },
  { name: "sweepIntervalMs",    least: 10,        most: longest },
  { name: "maxWaitMs",          least: 0,         most: longest },
  { name: "maxWaiters",         least: 0,         most: largest },
  { name: "maxRequestBytes",    least: 1,         most: largest },
  { name: "maxMetadataBytes",   least: 1,         most: largest },
  { name: "maxOperationBytes",  least: 64 * 1024, most: largest },
];

test.each(numbers)("$name is a whole number from $least to $most", ({ name, least, most }) => {
  for (const good of [least, most, undefined]) {
    expect(() => createOperations({ store, [name]: good })).not.toThrow();
  }
  const bad = [least - 1, most + 1, least + 0.5, Number.NaN, Number.POSITIVE_INFINITY, "5"];
  for (const value of bad) {
    expect(() => createOperations({ store, [name]: value })).toThrow(
      new RegExp(`^Expected \`${name}\` to be a whole number from ${least}.*, got ${value}$`),
    );
  }
});

test("a store is required", () => {
  for (const nothing of [undefined, null, {}, "operations.db"]) {
    expect(() => createOperations({ store: nothing as unknown as OperationStore })).toThrow(
      "Expected `store` to be an OperationStore, for example memoryStore()",
    );
  }
});

test("onError must be a function", () => {
  const onError = console as unknown as () => void;
  expect(() => createOperations({ store, onError })).toThrow("Expected `onError` to be a function");
});

test("the defaults are the documented ones", () => {
  const { clock, mapError, onError, onEvent, ...settings } = settingsOf({ store });
  expect(settings).toEqual({
    concurrency: 16,
    leaseMs: 30_000,
    progressIntervalMs: 500,
    cancelGraceMs: 30_000,
    maxLosses: 5,
    sweepIntervalMs: 5_000,
    retentionMs: 30 * 24 * 60 * 60 * 1000,
    maxWaitMs: 50_000,
    maxWaiters: 20_000,
    maxStarts: 1_000,
    maxRequestBytes: 4 * 1024 * 1024,
    maxMetadataBytes: 64 * 1024,
    maxOperationBytes: 4 * 1024 * 1024 - 64 * 1024,
  });
});
