// SPDX-License-Identifier: Apache-2.0

import type { HandlerContext } from "@connectrpc/connect";
import type { Access } from "../access.ts";
import { invalidField, notFound } from "../errors.ts";
import { isOperationName, maxNameLength } from "../names.ts";
import type { OperationRecord, OperationStore } from "../store.ts";

/** What a caller wants of an operation. */
export interface Inquiry {
  readonly action: "get" | "wait" | "cancel" | "delete";
  readonly name: string;
  /** As in `Access.caller`. */
  readonly caller: string;
}

/**
 * Finds operations for callers, who learn nothing of those that they may not reach: what is not
 * there and what is not theirs gets the same answer, after the same calls of the store.
 *
 * @see AIP-211
 */
export interface Lookup {
  /** Who asks for what. @throws ConnectError if the caller is nobody, or the name none. */
  inquire(what: Pick<Inquiry, "action" | "name">, context: HandlerContext): Promise<Inquiry>;
  /** The record, if the caller may reach it. @throws ConnectError with NOT_FOUND otherwise. */
  reach(inquiry: Inquiry, record: OperationRecord | undefined): Promise<OperationRecord>;
  /** Both, with one look into the store between them. */
  find(what: Pick<Inquiry, "action" | "name">, context: HandlerContext): Promise<OperationRecord>;
}

interface LookupOptions {
  readonly store: OperationStore;
  readonly access: Access;
  domain(): string;
}

export function createLookup({ store, access, domain }: LookupOptions): Lookup {
  function checkName(name: string): void {
    if (name === "") {
      throw invalidField("name", {
        reason: "NAME_REQUIRED",
        description: "required, for example operations/abc",
        domain: domain(),
      });
    }
    if (!isOperationName(name)) {
      throw invalidField("name", {
        reason: "NAME_INVALID",
        description: `must be the name of an operation, operations/<id>, of at most ${maxNameLength} characters`,
        domain: domain(),
      });
    }
  }

  const lookup: Lookup = {
    async inquire({ action, name }, context) {
      const caller = await access.caller(context);
      checkName(name);
      return { action, name, caller };
    },
    async reach({ action, name, caller }, record) {
      const grant = await access.grant({
        action,
        name,
        principal: caller || undefined,
        owner: record?.owner || undefined,
      });
      const mine = grant === "all" || (grant === "own" && record?.owner === caller);
      if (record === undefined || !mine) {
        throw notFound(name, domain());
      }
      return record;
    },
    async find(what, context) {
      const inquiry = await lookup.inquire(what, context);
      return await lookup.reach(inquiry, await store.read(what.name));
    },
  };
  return lookup;
}
