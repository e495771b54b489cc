// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import type { Access } from "../access.ts";
import { canBeParent } from "../names.ts";
import { invalidParent, startDenied, tooManyStarts } from "./start-errors.ts";
import { startLimit } from "./start-limit.ts";

/** A call that may start an operation. */
export interface AdmittedCall {
  readonly request: Message;
  readonly context: HandlerContext;
  readonly owner: string;
  /** What the operation is to stand under; `""` for none. */
  readonly parent: string;
}

/** What is asked to be let in. */
interface StartRequest extends Pick<AdmittedCall, "request" | "context"> {
  /** As in `OperationRecord.method`. */
  readonly method: string;
  readonly domain: string;
  /** Computes the parent; undefined where the method has none. */
  readonly parentOf: ((request: Message) => Promise<string>) | undefined;
}

/**
 * Lets a call in and then answers it, or refuses it: for who calls, for what it concerns, or for how
 * many there are of its kind.
 */
export type Admission = <T>(
  asked: StartRequest,
  answer: (call: AdmittedCall) => Promise<T>,
) => Promise<T>;

/** Admits whom `access` lets in, and `maxStarts` calls of each caller at a time. */
export function createAdmission(access: Access, maxStarts: number): Admission {
  const limit = startLimit(maxStarts);

  return async (asked, answer) => {
    const { request, context, method, domain, parentOf } = asked;
    const owner = await access.caller(context);
    const parent = parentOf === undefined ? "" : await parentOf(request);
    if (!canBeParent(parent)) {
      throw invalidParent(domain);
    }
    const principal = owner === "" ? undefined : owner;
    if ((await access.grant({ action: "start", method, parent, principal })) === "none") {
      throw startDenied(domain);
    }
    if (!limit.enter(owner)) {
      throw tooManyStarts(domain);
    }
    try {
      return await answer({ request, context, owner, parent });
    } finally {
      limit.leave(owner);
    }
  };
}
