// SPDX-License-Identifier: Apache-2.0

import type { OperationClaim, OperationStore } from "../../src/server/index.ts";

type Method = keyof OperationStore;

/** A replica's own way to a store that others use too. Closing it leaves the store open. */
export interface Link {
  readonly store: OperationStore;
  /** How often each method was called. */
  readonly calls: Readonly<Record<Method, number>>;
  /** All that was claimed over this link. */
  readonly claims: readonly OperationClaim[];
  /** While it is down every call fails, and no notification arrives. */
  down: boolean;
  /** While it is deaf no notification arrives. */
  deaf: boolean;
  /** Runs before a call; what it throws, the call throws. */
  before: (method: Method, args: readonly unknown[]) => void | Promise<void>;
}

export function linkTo(store: OperationStore): Link {
  const calls = Object.fromEntries(Object.keys(store).map((name) => [name, 0]));
  const claims: OperationClaim[] = [];
  let closed = false;

  function through<Name extends Exclude<Method, "subscribe">>(name: Name): OperationStore[Name] {
    const call = async (...args: unknown[]) => {
      calls[name] = (calls[name] ?? 0) + 1;
      if (closed) {
        throw new Error("The link is closed");
      }
      await link.before(name, args);
      if (name === "close") {
        closed = true;
        return undefined;
      }
      if (link.down) {
        throw new Error("The link is down");
      }
      const result: unknown = await Reflect.apply(store[name], store, args);
      if (name === "claim") {
        claims.push(...(result as OperationClaim[]));
      }
      return result;
    };
    return call as OperationStore[Name];
  }

  const link: Link = {
    calls: calls as Record<Method, number>,
    claims,
    down: false,
    deaf: false,
    before() {},
    store: {
      insert: through("insert"),
      earlier: through("earlier"),
      isTaken: through("isTaken"),
      read: through("read"),
      list: through("list"),
      claim: through("claim"),
      renew: through("renew"),
      update: through("update"),
      cancel: through("cancel"),
      delete: through("delete"),
      overdue: through("overdue"),
      unclaimed: through("unclaimed"),
      purge: through("purge"),
      secret: through("secret"),
      close: through("close"),
      subscribe(listener) {
        calls.subscribe = (calls.subscribe ?? 0) + 1;
        return store.subscribe((changes) => {
          if (!link.down && !link.deaf && !closed) {
            listener(changes);
          }
        });
      },
    },
  };
  return link;
}
