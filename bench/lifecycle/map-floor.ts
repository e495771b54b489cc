// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import type { Any } from "@bufbuild/protobuf/wkt";
import { packAny, running } from "longrunning";
import {
  ChecksumTreeMetadataSchema,
  type ChecksumTreeRequest,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { request } from "../workload/messages.ts";
import type { Lives, Work } from "./work.ts";

interface Row {
  readonly name: string;
  readonly request: ChecksumTreeRequest;
  readonly createTimeMs: number;
  readonly endTimeMs: number | undefined;
  readonly metadata: Any | undefined;
  readonly response: Any | undefined;
}

/** Operations in a Map: the least that a service would write. */
export function mapFloor(work: Work, onEnd: () => void): Lives {
  const rows = new Map<string, Row>();

  async function run(started: Row): Promise<void> {
    let row = started;
    function put(next: Row): void {
      row = next;
      rows.set(row.name, row);
    }
    const response = await work({
      report: (metadata) =>
        put({ ...row, metadata: packAny(ChecksumTreeMetadataSchema, metadata) }),
    });
    put({
      ...row,
      endTimeMs: Date.now(),
      response: packAny(ChecksumTreeResponseSchema, response),
    });
    onEnd();
  }

  return {
    async start() {
      const row: Row = {
        name: `operations/${randomUUID()}`,
        request,
        createTimeMs: Date.now(),
        endTimeMs: undefined,
        metadata: undefined,
        response: undefined,
      };
      rows.set(row.name, row);
      void run(row);
      return running({ name: row.name });
    },
    forget: async () => rows.clear(),
    close: async () => {},
  };
}
