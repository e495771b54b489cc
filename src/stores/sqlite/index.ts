// SPDX-License-Identifier: Apache-2.0

export type { SqliteDatabase, SqliteStatement, SqliteValue } from "./database.ts";
export { type SqliteStore, type SqliteStoreOptions, sqliteStore } from "./store.ts";
