// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Operation } from "../gen/google/longrunning/operations_pb.ts";
import type { Status } from "../gen/google/rpc/status_pb.ts";
import { readAny } from "./any.ts";

/**
 * The operation itself failed, or was cancelled, or ended with a result that cannot be used.
 *
 * It is not a ConnectError: that one says that an RPC failed, and the operation may well be fine.
 * A generic retry of failed RPCs must not start failed work again.
 *
 * `code` is `Code.Canceled` if the operation was cancelled.
 */
export class OperationError extends Error {
  override readonly name = "OperationError";
  /** The code of `Operation.error`. A number that is no canonical code reads as `Code.Unknown`. */
  readonly code: Code;
  /** The message of `Operation.error`, without the prefix that `message` has. */
  readonly rawMessage: string;
  /** The last state of the operation: its name, its metadata, its error. */
  readonly operation: Operation;
  readonly #status: Status;

  constructor(operation: Operation, status: Status, options?: ErrorOptions) {
    const code = Code[status.code] === undefined ? Code.Unknown : status.code;
    // So that the message of a failed operation reads like that of a failed RPC.
    super(new ConnectError(status.message, code).message, options);
    this.code = code;
    this.rawMessage = status.message;
    this.operation = operation;
    this.#status = status;
  }

  /** The details of `Operation.error` that are of this type; those that do not parse are left out. */
  findDetails<Desc extends DescMessage>(schema: Desc): MessageShape<Desc>[] {
    return this.#status.details.flatMap((detail) => {
      const reading = readAny(detail, schema);
      return reading.kind === "message" ? [reading.message] : [];
    });
  }
}
