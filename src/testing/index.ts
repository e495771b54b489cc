// SPDX-License-Identifier: Apache-2.0

export { type ManualClock, manualClock } from "./manual-clock.ts";
export { type StoreFactory, type StoreTest, storeSuite } from "./store-suite.ts";
