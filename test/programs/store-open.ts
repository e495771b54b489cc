// SPDX-License-Identifier: Apache-2.0

// Opens a store, writes one operation, and prints what came of it as JSON, a line each.
// node store-open.js DATABASE NAME

import { sqliteStore } from "longrunning/sqlite";

const [database = "", name = ""] = process.argv.slice(2);

try {
  await using store = sqliteStore(database);
  await store.insert(
    {
      name,
      method: "acme.v1.Library/Reindex",
      request: new Uint8Array(),
      owner: "",
      maxLosses: 0,
      cancelGraceMs: 0,
      retentionMs: 0,
    },
    { kind: "queued" },
  );
  const secret = Buffer.from(await store.secret()).toString("hex");
  console.log(JSON.stringify({ secret }));
} catch (error) {
  console.log(JSON.stringify({ error: String(error) }));
}
