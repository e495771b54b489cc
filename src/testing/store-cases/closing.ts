// SPDX-License-Identifier: Apache-2.0

import type { OperationStore } from "../../server/store.ts";
import { checkEqual, checkRejects } from "../check.ts";
import { wholeList } from "./list-queries.ts";
import {
  cancelled,
  claimAll,
  enqueue,
  fieldsOf,
  leaseMs,
  newOperation,
  running,
  type StoreCases,
  succeeded,
} from "./store-case.ts";

const lease = { name: "operations/a", fence: 1 };

const calls: Readonly<Record<string, (store: OperationStore) => Promise<unknown>>> = {
  insert: (store) => enqueue(store, newOperation("operations/late")),
  earlier: (store) => store.earlier("key"),
  isTaken: (store) => store.isTaken("key"),
  read: (store) => store.read("operations/a"),
  list: (store) => store.list(wholeList),
  claim: (store) => claimAll(store),
  renew: (store) => store.renew([lease], leaseMs),
  update: (store) => store.update(lease, { kind: "end", result: succeeded }),
  cancel: (store) => store.cancel("operations/a", cancelled),
  delete: (store) => store.delete("operations/a"),
  overdue: (store) => store.overdue(1),
  unclaimed: (store) => store.unclaimed({ notMethods: [], forMs: 0, limit: 1 }),
  purge: (store) => store.purge(1),
  secret: (store) => store.secret(),
  subscribe: async (store) => store.subscribe(() => {}),
};

export const closing: StoreCases = {
  async "secret is thirty-two bytes, and stays the same"({ store }) {
    const secret = await store.secret();
    checkEqual(secret.length, 32, "its length");
    checkEqual(new Set(secret).size > 8, true, "that it looks random");
    checkEqual(await store.secret(), secret, "the secret, asked for again");
  },

  async "close lets finish what was asked for"({ store }) {
    const claim = await running(store);
    const asked = [
      enqueue(store, newOperation("operations/b")).then(fieldsOf),
      store.update(claim, { kind: "end", result: succeeded }),
    ];
    await store.close();
    const [inserted, ended] = await Promise.all(asked);
    checkEqual(typeof inserted, "object", "what insert returned");
    checkEqual(ended, true, "the answer to the end");
  },

  async "close refuses every later call"({ store }) {
    await running(store);
    await store.close();
    for (const [name, call] of Object.entries(calls)) {
      await checkRejects(call(store), `${name} after close`);
    }
  },

  async "close again changes nothing"({ store }) {
    await Promise.all([store.close(), store.close()]);
    await store.close();
  },
};
