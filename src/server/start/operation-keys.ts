// SPDX-License-Identifier: Apache-2.0

import { operationIdOf } from "../names.ts";
import { secretKey } from "../secret-key.ts";

// Whoever finds an operation by a key has to be its owner, so the owner is in every key. JSON keeps
// the parts apart, whatever is in them.

/** Stands for one request of one caller. */
export interface RequestIdentity {
  readonly owner: string;
  /** As in `OperationRecord.method`. */
  readonly method: string;
  readonly id: string;
}

/** The key of a request in the store. */
export function requestKeyOf({ owner, method, id }: RequestIdentity): string {
  return JSON.stringify([owner, method, id]);
}

/** The key in the store of what one caller does to one thing at a time, under one parent. */
export function exclusiveKeyOf(of: {
  readonly owner: string;
  readonly parent: string;
  readonly key: string;
}): string {
  return JSON.stringify([of.owner, of.parent, of.key]);
}

/**
 * Operation ids that derive from the request's identity: it is the same id each time, on every
 * replica, and nobody else can tell it.
 */
export function derivedIds(
  secret: () => Promise<Uint8Array>,
): (identity: RequestIdentity) => Promise<string> {
  const key = secretKey(secret, "operation-name");
  return async (identity) => {
    const signed = new TextEncoder().encode(requestKeyOf(identity));
    return operationIdOf(new Uint8Array(await crypto.subtle.sign("HMAC", await key(), signed)));
  };
}
