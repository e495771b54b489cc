// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import type { Clock } from "../clock.ts";
import { callAgain, type OperationsClient } from "./calls.ts";
import { waitingClock } from "./clock.ts";
import { createPace } from "./pace.ts";

/** Which operations to list. */
export interface ListOperationsOptions {
  /** The resource that they stand under: `projects/p`. Default: all that the caller may see. */
  readonly parent?: string;
  /** An AIP-160 filter: `done = false AND metadata.root = "/srv"`. Default: all. */
  readonly filter?: string;
  /** How many to ask for at a time. Default: as many as the server likes. */
  readonly pageSize?: number;
  /** Ends the listing. */
  readonly signal?: AbortSignal;
  /** Goes with every call. */
  readonly headers?: HeadersInit;
  /** Default: the clock of the system. */
  readonly clock?: Clock;
}

/**
 * The operations of a server, one by one; each page is asked for once the one before it has been gone
 * through.
 *
 * ```ts
 * for await (const operation of listOperations(operations, { filter: "done = false" })) {
 *   await client.checksumTree.resume(operation).cancel();
 * }
 * ```
 *
 * @throws ConnectError; the reason of the `signal`, once that aborts.
 * @see AIP-158
 */
export async function* listOperations(
  operations: Pick<OperationsClient, "listOperations">,
  options: ListOperationsOptions = {},
): AsyncGenerator<Operation, undefined, undefined> {
  // The contract's own rule for REST has no other name for all of them.
  const { parent: name = "operations", filter = "", pageSize = 0, signal, headers } = options;
  const server = { pace: createPace(), clock: options.clock ?? waitingClock };
  let pageToken = "";
  let landmark = "";
  for (let pages = 1; ; pages += 1) {
    signal?.throwIfAborted();
    const page = await callAgain(server, {
      target: { name, headers },
      call: (given) => operations.listOperations({ name, filter, pageSize, pageToken }, given),
      options: { ...(signal && { signal }) },
    }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
    yield* page.operations;
    pageToken = page.nextPageToken;
    if (pageToken === "") {
      return undefined;
    }
    if (pageToken === landmark) {
      throw new ConnectError("the page tokens of the server lead in a circle", Code.Internal);
    }
    // Moved on at each power of two, it comes to stand in any circle.
    if (Number.isInteger(Math.log2(pages))) {
      landmark = pageToken;
    }
  }
}
