// SPDX-License-Identifier: Apache-2.0

import { type Clock, systemClock } from "../../clock.ts";
import { checkNumber } from "../../server/options.ts";
import type { ListPage, ListQuery, OperationStore } from "../../server/store.ts";
import { changeFeed } from "./change-feed.ts";
import type { SqliteDatabase } from "./database.ts";
import { groupCommit } from "./group-commit.ts";
import { rowInserter } from "./insert-row.ts";
import { createInserting } from "./inserting.ts";
import { createListing } from "./listing.ts";
import { adoptDatabase, openFile } from "./opening.ts";
import { purging } from "./purging.ts";
import { createQueue } from "./queue.ts";
import { createReads } from "./reads.ts";
import { hasResultCode } from "./result-code.ts";
import { transactions, type Write } from "./transaction.ts";
import { createWrites } from "./writes.ts";

/** Options of `sqliteStore`. */
export interface SqliteStoreOptions {
  /**
   * How long a write waits while another process holds the database's lock, before it fails with
   * UNAVAILABLE. Default: 30 000 ms.
   */
  readonly lockTimeoutMs?: number;
  /** Default: the system's clock. Processes that share a file share its clock, too. */
  readonly clock?: Clock;
}

/** An `OperationStore` on an SQLite database; `await using` closes it. */
export interface SqliteStore extends OperationStore, AsyncDisposable {}

const inUse = new WeakSet<SqliteDatabase>();

/**
 * Keeps operations in an SQLite database: durable, for one process or for several of one host.
 *
 * Given a path, it opens the file, or creates it, with `node:sqlite` where this version of Node has
 * it, else with the package `libsql`. Given a database of better-sqlite3, libsql or `node:sqlite`,
 * it uses that connection, sets its journal mode, `synchronous` and `busy_timeout`, and leaves it open
 * in `close()`. Nothing else may use the connection meanwhile, and integers must come as numbers (no
 * `safeIntegers`, no `readBigInts`). A process must not open one file with two SQLite libraries: they
 * do not see each other's locks.
 *
 * Every acknowledged write is durable (WAL, `synchronous = FULL`). Writes that are asked for in one
 * turn of the event loop share a transaction. A write waits for the locks of other processes without
 * keeping the event loop; only opening blocks, for up to five seconds, while another process sets the
 * file up.
 *
 * @throws Error that names the path, what is wrong with it, and what to do.
 */
export function sqliteStore(
  database: string | SqliteDatabase,
  options: SqliteStoreOptions = {},
): SqliteStore {
  const { clock = systemClock, lockTimeoutMs = 30_000 } = options;
  checkNumber("lockTimeoutMs", lockTimeoutMs, 0);
  if (typeof database === "object" && inUse.has(database)) {
    throw new Error("Another sqliteStore uses this database object. Open one for each store");
  }
  const opened = typeof database === "string" ? openFile(database) : adoptDatabase(database);
  const { database: connection, statements } = opened;
  inUse.add(connection);

  const feed = changeFeed({ ...opened, clock });
  const commit = groupCommit(transactions(connection, { statements, clock }), {
    clock,
    lockTimeoutMs,
    onCommit: feed.committed,
  });
  const insertRow = rowInserter(connection);
  const inserting = createInserting({ statements, insertRow, clock });
  const queue = createQueue({ statements, clock });
  const writes = createWrites({ statements, clock });
  const purge = purging({ statements, clock });
  const reads = createReads({ statements, clock });
  const readPage = createListing({ database: connection, statements, clock, read: whenFree });
  const lists = new Set<Promise<ListPage>>();
  let closing: Promise<void> | undefined;

  function checkOpen(): void {
    if (closing !== undefined) {
      throw new Error("The store is closed");
    }
  }

  async function write<T>(run: Write<T>): Promise<T> {
    checkOpen();
    return commit.write(run);
  }

  async function read<T>(run: () => T): Promise<T> {
    checkOpen();
    return whenFree(run);
  }

  async function whenFree<T>(run: () => T): Promise<T> {
    try {
      return run();
    } catch (error) {
      if (!hasResultCode(error, "SQLITE_BUSY")) {
        throw error;
      }
      // A reader meets a lock only while another process recovers the file after a crash. The queue
      // of writes is what waits for locks.
      return commit.write(run);
    }
  }

  async function list(query: ListQuery): Promise<ListPage> {
    checkOpen();
    const page = readPage(query);
    lists.add(page);
    try {
      return await page;
    } finally {
      lists.delete(page);
    }
  }

  async function close(): Promise<void> {
    await Promise.allSettled(lists);
    await commit.idle();
    feed.close();
    inUse.delete(connection);
    if (typeof database === "string") {
      connection.close();
    }
  }

  return {
    insert: (operation, as) => write(inserting.insert(operation, as)),
    earlier: (requestKey) => read(() => inserting.earlier(requestKey)),
    isTaken: (exclusiveKey) => read(() => inserting.isTaken(exclusiveKey)),
    read: (name) => read(() => reads.read(name)),
    list,
    claim: (query) => write(queue.claim(query)),
    renew: (leases, leaseMs) =>
      Promise.all(leases.map((lease) => write(writes.renew(lease, leaseMs)))),
    update: (lease, change) => write(writes.update(lease, change)),
    cancel: (name, result) => write(writes.cancel(name, result)),
    delete: (name) => write(writes.delete(name)),
    overdue: (limit) => read(() => reads.overdue(limit)),
    unclaimed: (query) => read(() => queue.unclaimed(query)),
    purge: (limit) => write(purge(limit)),
    secret: () => read(reads.secret),
    subscribe(listener) {
      checkOpen();
      return feed.subscribe(listener);
    },
    close: () => {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => {
      closing ??= close();
      return closing;
    },
  };
}
