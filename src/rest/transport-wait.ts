// SPDX-License-Identifier: Apache-2.0

import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { bindingsOf, type RuleOptions } from "./rules.ts";

/**
 * Whether a method is WaitOperation, bound only by the rule that this package gives it. Few servers
 * besides ours have a route for that.
 */
export function isGuessedWait(method: DescMethod, options: RuleOptions): boolean {
  return (
    method.parent.typeName === Operations.typeName &&
    method.name === Operations.method.waitOperation.name &&
    bindingsOf(method, { ...options, wait: false }).length === 0
  );
}

/**
 * Makes UNIMPLEMENTED of an answer that says that there is no such route, which has those who wait
 * poll instead. That an operation is missing is told by an API itself, and with details.
 */
export function readGuessedWaitError(error: unknown): unknown {
  const noRoute =
    error instanceof ConnectError &&
    error.details.length === 0 &&
    (error.code === Code.NotFound || error.code === Code.Unknown);
  return noRoute ? waitUnimplemented(error) : error;
}

/** There is no way to wait, as far as we know. */
export function waitUnimplemented(cause: unknown): ConnectError {
  return new ConnectError(
    "no rule binds google.longrunning.Operations.WaitOperation, and the usual one does not fit",
    Code.Unimplemented,
    cause instanceof ConnectError ? cause.metadata : undefined,
    undefined,
    cause,
  );
}
