// SPDX-License-Identifier: Apache-2.0

import { ChecksumServiceOperations } from "../../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import type {
  ChecksumTreeMetadata,
  ChecksumTreeResponse,
} from "../../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import type { Operation } from "../../../gen/google/longrunning/operations_pb.ts";
import {
  createOperationClient,
  type OperationClient,
  type OperationClientOptions,
  type OperationHandle,
} from "../../../src/client/index.ts";
import { name } from "./checksum-states.ts";
import { type CountedClock, countedClock } from "./counted-clock.ts";
import { type ScriptedServer, scriptedServer } from "./scripted-server.ts";

export type ChecksumHandle = OperationHandle<ChecksumTreeResponse, ChecksumTreeMetadata>;

/** A client of a scripted server, with a clock that is moved by hand. */
export interface Followed {
  readonly script: ScriptedServer;
  readonly clock: CountedClock;
  readonly client: OperationClient<typeof ChecksumServiceOperations>;
  /** The handle of an operation, of which nothing is known, or its state. */
  resume(latest?: Operation): ChecksumHandle;
}

/** `maxWaits: 0` makes it poll. */
export function followed(options: Omit<OperationClientOptions, "clock"> = {}): Followed {
  const script = scriptedServer();
  const clock = countedClock();
  const client = createOperationClient(ChecksumServiceOperations, script.transport, {
    ...options,
    clock,
  });
  return { script, clock, client, resume: (latest) => client.checksumTree.resume(latest ?? name) };
}

/** How long a test lets a client pause: longer than any delay that it was given. */
export const anyDelayMs = 20_000;
