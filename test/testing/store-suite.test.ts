// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { memoryStore } from "../../src/server/memory/memory-store.ts";
import type { OperationStore } from "../../src/server/store.ts";
import { type StoreFactory, storeSuite } from "../../src/testing/index.ts";
import { defects } from "./store-defects.ts";

function run(factory: StoreFactory, name: string): Promise<void> {
  const found = storeSuite(factory).find((test) => test.name === name);
  if (found === undefined) {
    throw new Error(`The suite has no test "${name}"`);
  }
  return found.run();
}

function broken(breakIt: (store: OperationStore) => Partial<OperationStore>): StoreFactory {
  return {
    async open(clock) {
      const store = memoryStore({ clock });
      return { ...store, ...breakIt(store) };
    },
  };
}

describe("the suite finds", () => {
  for (const [name, { of, found, says }] of Object.entries(defects)) {
    test(name, async () => {
      await expect(run(broken(of), found)).rejects.toThrow(says);
    });
  }
});

test("what concerns replicas is tested where there can be replicas", () => {
  const open: StoreFactory["open"] = async (clock) => memoryStore({ clock });
  const names = (factory: StoreFactory) => storeSuite(factory).map(({ name }) => name);
  const alone = names({ open });
  const shared = names({ open, openReplica: open });
  expect(shared.slice(0, alone.length)).toEqual(alone);
  expect(shared.slice(alone.length)).toContain("replicas are told of each other's writes");
  expect(new Set(shared).size).toBe(shared.length);
});

test("stores are closed and cleaned up after a failure, too", async () => {
  const events: string[] = [];
  const factory: StoreFactory = {
    async open(clock) {
      events.push("open");
      const store = memoryStore({ clock });
      return {
        ...store,
        secret: async () => new Uint8Array(),
        async close() {
          events.push("close");
        },
      };
    },
    async cleanUp() {
      events.push("clean up");
    },
  };
  const name = "secret is thirty-two bytes, and stays the same";
  await expect(run(factory, name)).rejects.toThrow("its length: expected 32, got 0");
  expect(events).toEqual(["open", "close", "clean up"]);
});
