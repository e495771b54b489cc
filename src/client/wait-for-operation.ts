// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import type { Clock } from "../clock.ts";
import type { OperationTypes } from "../operation-service.ts";
import type { OperationsClient } from "./calls.ts";
import { waitingClock } from "./clock.ts";
import { Handle } from "./handle.ts";
import { createPace, type PollingOptions } from "./pace.ts";
import { waitSlotsOf } from "./wait-slots.ts";
import type { WaitOptions } from "./watch.ts";

/** Options of `waitForOperation`. */
export interface WaitForOperationOptions extends WaitOptions {
  /** How often to look where the server has no WaitOperation. */
  readonly polling?: PollingOptions;
  /** Default: the clock of the system. */
  readonly clock?: Clock;
}

/**
 * Waits until an operation has ended that was started by any client, and gives its response.
 *
 * ```ts
 * const operations = createClient(Operations, transport);
 * const response = await waitForOperation(operations, operation, {
 *   response: ChecksumTreeResponseSchema,
 *   metadata: ChecksumTreeMetadataSchema,
 * });
 * ```
 *
 * @throws as `OperationHandle.result` does.
 */
export function waitForOperation<Response extends DescMessage, Metadata extends DescMessage>(
  operations: OperationsClient,
  operation: Operation,
  types: OperationTypes<Response, Metadata>,
  options: WaitForOperationOptions = {},
): Promise<MessageShape<Response>> {
  const { polling, clock = waitingClock } = options;
  const server = {
    calls: operations,
    slots: waitSlotsOf(operations),
    maxWaits: undefined,
    pace: createPace(polling),
    clock,
  };
  const target = { name: operation.name, types };
  return new Handle(server, { target, latest: operation }).result(options);
}
