// SPDX-License-Identifier: Apache-2.0

import { checkEqual } from "../check.ts";
import { listedNames } from "./list-queries.ts";
import { cancelled, type Subject } from "./store-case.ts";

/** Checks that an operation is to be found nowhere. */
export async function checkHidden({ store }: Subject, name: string): Promise<void> {
  checkEqual(await store.read(name), undefined, "what is read");
  checkEqual((await listedNames(store)).includes(name), false, "whether it is listed");
  checkEqual(await store.cancel(name, cancelled), "absent", "what a cancel says");
  checkEqual(await store.delete(name), false, "whether it can be deleted again");
}
