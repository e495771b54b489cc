// SPDX-License-Identifier: Apache-2.0

import { existsSync } from "node:fs";
import Database from "libsql";
import { packAny } from "longrunning";
import { sqliteStore } from "longrunning/sqlite";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { progress, response } from "../workload/messages.ts";

/** What a file holds. */
export interface FinishedOperations {
  readonly path: string;
  /** How many operations, one a millisecond. */
  readonly count: number;
}

/** How many of them have not ended: two pages, spread evenly. */
const unfinishedCount = 100;

const { checksumTree } = ChecksumServiceOperations.method;
const method = `${checksumTree.parent.typeName}/${checksumTree.name}`;
const dayUs = 86_400_000_000;

/** Makes a file, unless it is there. A million operations take some ten seconds, and 600 MB. */
export async function makeFinishedOperations({ path, count }: FinishedOperations): Promise<void> {
  if (existsSync(path)) {
    return;
  }
  const database = new Database(path);
  await sqliteStore(database).close();
  database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000");
  const metadata = packAny(ChecksumTreeMetadataSchema, progress(4_711));
  const result = packAny(ChecksumTreeResponseSchema, response);
  database
    .prepare(
      `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number LIMIT :count)
      INSERT INTO operation (create_time_us, name, method, state, fence, change, attempt, max_losses,
        due_us, lease_end_us, cancel_grace_us, retention_us, end_time_us, metadata_type, metadata,
        result_type, result, request)
      SELECT :start + n * 1000, 'operations/' || lower(hex(randomblob(13))), :method,
        iif(n % :every, 2, 1), 1, n / 64, 1, 5, :due + n * 1000, :due, 30000000, :day,
        iif(n % :every, :start + n * 1000 + 500, NULL), :metadata_type, :metadata,
        iif(n % :every, :result_type, NULL), iif(n % :every, :result, NULL), x''
      FROM number`,
    )
    .run({
      count,
      every: Math.floor(count / unfinishedCount),
      start: Date.now() * 1_000 - dayUs,
      due: Date.now() * 1_000 + 30 * dayUs,
      day: dayUs,
      method,
      metadata_type: metadata.typeUrl,
      metadata: metadata.value,
      result_type: result.typeUrl,
      result: result.value,
    });
  database.exec(`INSERT INTO writer (id, change) VALUES (1, ${count})`);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}
