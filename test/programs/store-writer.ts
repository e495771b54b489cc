// SPDX-License-Identifier: Apache-2.0

// Writes to a store, 64 operations at a time, until it is killed, and prints what was acknowledged:
// "inserted NAME", then "ended NAME".
// node store-writer.js DATABASE PREFIX

import { sqliteStore } from "longrunning/sqlite";

const [database = "", prefix = ""] = process.argv.slice(2);

const store = sqliteStore(database);
const result = {
  kind: "response" as const,
  response: { typeUrl: "type.googleapis.com/acme.v1.Done", value: Buffer.from(prefix) },
};
let count = 0;

async function write(): Promise<never> {
  for (;;) {
    const name = `${prefix}${count++}`;
    const operation = {
      name,
      method: "acme.v1.Library/Reindex",
      request: new Uint8Array(300),
      maxLosses: 0,
      cancelGraceMs: 0,
      owner: "",
      retentionMs: 86_400_000,
    };
    await store.insert(operation, { kind: "claimed", leaseMs: 60_000 });
    process.stdout.write(`inserted ${name}\n`);
    await store.update({ name, fence: 1 }, { kind: "end", result });
    process.stdout.write(`ended ${name}\n`);
  }
}

await Promise.all(Array.from({ length: 64 }, write));
