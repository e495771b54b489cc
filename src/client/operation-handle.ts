// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import type { OperationOutcome } from "../operation.ts";
import type { WaitOptions } from "./watch.ts";

/**
 * An operation, as its caller holds it. Whoever asks for its result, its progress or its state shares
 * what is known of it, and one poller, which only runs while somebody waits.
 *
 * A handle is no promise: it has no `then`, so that to await the start of an operation is not to
 * await its end.
 *
 * @see AIP-151
 */
export interface OperationHandle<Response extends Message, Metadata extends Message> {
  /** The operation's resource name: what to `resume` by, here or elsewhere. */
  readonly name: string;
  /** Whether the operation is known to have ended, however it did. */
  readonly done: boolean;
  /** The last metadata that was of the declared type; undefined as long as none was. */
  readonly metadata: Metadata | undefined;
  /** The last state that was read; undefined if that was none, as right after `resume`. */
  readonly latest: Operation | undefined;
  /**
   * Waits until the operation has ended. A server that is away is waited for; the pauses between
   * calls grow.
   *
   * @throws OperationError if the operation failed, was cancelled (`Code.Canceled`), or ended with a
   * result that cannot be used; WaitError if the waiting is over and the operation is not; the reason
   * of the `signal`, once that aborts.
   */
  result(options?: WaitOptions): Promise<Response>;
  /**
   * The metadata, as it is now and each time it has changed, about once a second at most; it ends
   * when the operation does, however that ends. Whoever is slow skips to the newest. Leaving the loop
   * frees everything.
   *
   * @throws WaitError if the waiting is over and the operation is not; the reason of the `signal`.
   */
  progress(options?: WaitOptions): AsyncIterable<Metadata, undefined, undefined>;
  /**
   * Asks for the state, now and once; of an operation that has ended, nobody is asked.
   *
   * @throws ConnectError
   */
  poll(options?: CallOptions): Promise<OperationOutcome<Response, Metadata>>;
  /**
   * Asks the server to cancel the operation, which it may take its time for, or not do at all: the
   * result tells. Cancelling what has ended changes nothing.
   *
   * @throws ConnectError
   */
  cancel(options?: CallOptions): Promise<void>;
  /**
   * Lets the server forget the operation. It is not cancelled by that; whoever waits for it loses
   * contact.
   *
   * @throws ConnectError
   */
  delete(options?: CallOptions): Promise<void>;
}
