// SPDX-License-Identifier: Apache-2.0

import type { ConnectError } from "@connectrpc/connect";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";

interface WaitErrorInit {
  readonly operationName: string;
  readonly operation: Operation | undefined;
  readonly cause: ConnectError | undefined;
}

/**
 * The waiting is over, and the operation, as far as anybody knows, is not: come back to it by its name.
 *
 * - `timed-out`: it had not ended within the `timeoutMs` of who waited.
 * - `lost-contact`: the server answered with an error that does not pass; `cause` is that error. Who
 *   mends what it says, with a fresh token for instance, waits again on the same handle.
 *
 * It is no ConnectError and has no code, so that nothing that retries failed RPCs takes it for one,
 * and starts the operation a second time.
 */
export class WaitError extends Error {
  override readonly name = "WaitError";
  readonly kind: "timed-out" | "lost-contact";
  /** What to resume by. */
  readonly operationName: string;
  /** Its last known state; undefined if none was ever read. */
  readonly operation: Operation | undefined;
  /** The error of the RPC by which contact was lost. */
  declare readonly cause: ConnectError | undefined;

  constructor(kind: WaitError["kind"], init: WaitErrorInit) {
    const { operationName, operation, cause } = init;
    const reason = cause
      ? `contact was lost: ${cause.message}`
      : "it has not ended in the time given";
    super(`stopped waiting for "${operationName}", which may go on: ${reason}`, { cause });
    this.kind = kind;
    this.operationName = operationName;
    this.operation = operation;
  }
}
