// SPDX-License-Identifier: Apache-2.0

import { equals } from "@bufbuild/protobuf";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { type Operation, OperationSchema } from "../../gen/google/longrunning/operations_pb.ts";
import { outcomeOf } from "../../src/index.ts";
import type { Job } from "../programs/load-server.ts";

/** An operation, and what a client was told of it, which must hold from then on. */
export interface Entry {
  readonly job: Job;
  readonly name: string;
  cancelled: boolean;
  deleted: boolean;
  /** What it has ended with. */
  end: Operation | undefined;
  filesDone: bigint;
}

/** What clients were told. */
export interface Ledger {
  readonly entries: readonly Entry[];
  /**
   * The operation was started.
   *
   * @throws Error if it was started for another request.
   */
  started(job: Job, operation: Operation): Entry;
  /**
   * This is what a client sees of it now; undefined if it is not found.
   *
   * @throws Error if that cannot be, after what the client was told before.
   */
  seen(entry: Entry, operation: Operation | undefined): void;
}

const types = ChecksumServiceOperations.operations.checksumTree;

export function createLedger(): Ledger {
  const entries: Entry[] = [];
  const names = new Set<string>();
  return {
    entries,
    started(job, { name }) {
      if (names.has(name)) {
        throw new Error(`${name} was started for two requests`);
      }
      names.add(name);
      const entry = { job, name, cancelled: false, deleted: false, end: undefined, filesDone: 0n };
      entries.push(entry);
      return entry;
    },
    seen(entry, operation) {
      const { name, end, deleted } = entry;
      if (operation === undefined) {
        if (!deleted) {
          throw new Error(`${name} is lost`);
        }
        return;
      }
      if (deleted) {
        throw new Error(`${name} is there, though it was deleted`);
      }
      if (end !== undefined && !equals(OperationSchema, operation, end)) {
        throw new Error(`${name} has ended twice: ${describe(end)}, then ${describe(operation)}`);
      }
      const { filesDone = 0n } = outcomeOf(operation, types).metadata ?? {};
      if (filesDone < entry.filesDone) {
        throw new Error(`${name} has lost progress: ${filesDone} after ${entry.filesDone}`);
      }
      entry.filesDone = filesDone;
      if (operation.done && end === undefined) {
        entry.end = operation;
        checkEnd(entry, operation);
      }
    },
  };
}

function checkEnd({ job, name, cancelled }: Entry, operation: Operation): void {
  const outcome = outcomeOf(operation, types);
  const wanted =
    outcome.kind === "succeeded"
      ? !job.fails && outcome.response.treeDigest.startsWith(`${job.id} `)
      : outcome.kind === "cancelled"
        ? cancelled
        : outcome.kind === "failed" && job.fails && outcome.error.rawMessage === job.id;
  if (!wanted) {
    throw new Error(`${name} has ended as it should not: ${describe(operation)}`);
  }
}

function describe(operation: Operation): string {
  const outcome = outcomeOf(operation, types);
  switch (outcome.kind) {
    case "succeeded":
      return outcome.response.treeDigest;
    case "failed":
    case "cancelled":
      return `${outcome.error.code} ${outcome.error.rawMessage}`;
    default:
      return outcome.kind;
  }
}
