// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";
import type { OperationStore } from "../server/store.ts";
import { manualClock } from "./manual-clock.ts";
import { cancelling } from "./store-cases/cancelling.ts";
import { claiming } from "./store-cases/claiming.ts";
import { closing } from "./store-cases/closing.ts";
import { conditions } from "./store-cases/conditions.ts";
import { deleting } from "./store-cases/deleting.ts";
import { ending } from "./store-cases/ending.ts";
import { exclusiveKeys } from "./store-cases/exclusive-keys.ts";
import { expiring } from "./store-cases/expiring.ts";
import { external } from "./store-cases/external.ts";
import { filtering } from "./store-cases/filtering.ts";
import { inserting } from "./store-cases/inserting.ts";
import { leasing } from "./store-cases/leasing.ts";
import { listing } from "./store-cases/listing.ts";
import { requestKeys } from "./store-cases/request-keys.ts";
import { scoping } from "./store-cases/scoping.ts";
import { sharing } from "./store-cases/sharing.ts";
import type { StoreCase, StoreCases } from "./store-cases/store-case.ts";
import { subscribing } from "./store-cases/subscribing.ts";
import { unclaimed } from "./store-cases/unclaimed.ts";

/** How the suite comes by the stores that it tests. */
export interface StoreFactory {
  /** An empty store that takes its time from `clock`. The suite closes it. */
  open(clock: Clock): Promise<OperationStore>;
  /**
   * One more store on what `open` opened last, as another process has it, or the same process after
   * a restart. Without it, what concerns several replicas is not tested.
   */
  openReplica?(clock: Clock): Promise<OperationStore>;
  /** Is called after each test, when its stores are closed. */
  cleanUp?(): Promise<void>;
}

/** A test that passes, or throws an Error that says what is wrong with the store. */
export interface StoreTest {
  readonly name: string;
  run(): Promise<void>;
}

const ofOneStore: StoreCases = {
  ...inserting,
  ...requestKeys,
  ...exclusiveKeys,
  ...listing,
  ...scoping,
  ...filtering,
  ...conditions,
  ...claiming,
  ...unclaimed,
  ...leasing,
  ...ending,
  ...cancelling,
  ...external,
  ...deleting,
  ...expiring,
  ...subscribing,
  ...closing,
};

/**
 * What every `OperationStore` must do, as tests for any runner:
 *
 * ```ts
 * for (const { name, run } of storeSuite({ open: async (clock) => myStore({ clock }) })) {
 *   test(name, run);
 * }
 * ```
 *
 * Time is a manual clock's. Only what a store tells its subscribers is waited for, up to five
 * seconds.
 */
export function storeSuite(factory: StoreFactory): readonly StoreTest[] {
  const cases = factory.openReplica === undefined ? ofOneStore : { ...ofOneStore, ...sharing };
  return Object.entries(cases).map(([name, check]) => ({
    name,
    run: () => runCase(factory, check),
  }));
}

async function runCase(factory: StoreFactory, check: StoreCase): Promise<void> {
  const clock = manualClock();
  const stores: OperationStore[] = [];
  const opened = async (opening: Promise<OperationStore> | undefined) => {
    const store = await opening;
    if (store === undefined) {
      throw new Error("The factory opens no replicas");
    }
    stores.push(store);
    return store;
  };
  try {
    const store = await opened(factory.open(clock));
    await check({ store, clock, openReplica: () => opened(factory.openReplica?.(clock)) });
  } finally {
    for (const store of stores) {
      await store.close();
    }
    await factory.cleanUp?.();
  }
}
