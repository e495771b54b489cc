// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { principalKey } from "../principal.ts";
import { operationsError } from "./errors.ts";

/** What somebody is about to do, for `authorize` to decide on. */
export type OperationAccess =
  | {
      readonly action: "get" | "wait" | "cancel" | "delete";
      /** The operation's name, as it was asked for. */
      readonly name: string;
      readonly principal: string | undefined;
      /** Whose operation it is; undefined if there is no such operation, or it has no owner. */
      readonly owner: string | undefined;
    }
  | {
      readonly action: "list";
      /** The resource whose operations are asked for; `""` for all. */
      readonly parent: string;
      readonly principal: string | undefined;
    }
  | {
      readonly action: "start";
      /** As in `OperationRecord.method`. */
      readonly method: string;
      /** The resource that the operation is to stand under; `""` for none. */
      readonly parent: string;
      readonly principal: string | undefined;
    };

/**
 * Which operations an action may reach. `own`: those that the caller started. `all`: also those of
 * others. `none`: no operation at all, as if there were none; what cannot be started is refused with
 * PERMISSION_DENIED.
 */
export type OperationGrant = "own" | "all" | "none";

/** Names the caller; undefined for one that is nobody. */
export type IdentifyPrincipal = (
  context: HandlerContext,
) => string | undefined | Promise<string | undefined>;

/**
 * Decides what an action may reach, before anything else of the call is looked at. It may throw a
 * ConnectError with PERMISSION_DENIED instead, as long as that does not depend on whether there is
 * such an operation.
 *
 * @see AIP-211
 */
export type Authorize = (access: OperationAccess) => OperationGrant | Promise<OperationGrant>;

/** Who calls, and what that allows. */
export interface Access {
  /** The caller as an owner: `""` where callers are not told apart. @throws ConnectError if nobody. */
  caller(context: HandlerContext): Promise<string>;
  /** @throws whatever `authorize` refuses the call with. */
  grant(access: OperationAccess): Promise<OperationGrant>;
}

interface AccessOptions {
  readonly principal?: IdentifyPrincipal | undefined;
  readonly authorize?: Authorize | undefined;
  domain(): string;
  /** Is told of what a callback throws that is not meant for the caller. */
  onError(error: unknown): void;
}

const grants: readonly OperationGrant[] = ["own", "all", "none"];

/** By default an operation exists only for its owner, and everybody is one caller unless told apart. */
export function createAccess({ principal, authorize, domain, onError }: AccessOptions): Access {
  // Whoever cannot be judged gets nothing.
  async function judge<T>(decide: () => T | Promise<T>): Promise<T> {
    try {
      return await decide();
    } catch (error) {
      if (error instanceof ConnectError) {
        throw error;
      }
      onError(error);
      throw operationsError({
        code: Code.Internal,
        message: "it could not be decided what the caller may do",
        reason: "ACCESS_CHECK_FAILED",
        domain: domain(),
      });
    }
  }

  return {
    async caller(context) {
      if (principal === undefined) {
        return context.values.get(principalKey) ?? "";
      }
      const caller = await judge(() => principal(context));
      if (caller === undefined || caller === "") {
        throw operationsError({
          code: Code.Unauthenticated,
          message: "the caller is not known",
          reason: "UNAUTHENTICATED",
          domain: domain(),
        });
      }
      return caller;
    },
    grant(access) {
      return authorize === undefined ? own : judge(async () => checked(await authorize(access)));
    },
  };
}

const own = Promise.resolve<OperationGrant>("own");

function checked(grant: OperationGrant): OperationGrant {
  if (!grants.includes(grant)) {
    throw new TypeError(`Expected \`authorize\` to answer ${grants.join(", ")}, got ${grant}`);
  }
  return grant;
}
