// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import {
  GetOperationRequestSchema,
  ListOperationsRequestSchema,
  type ListOperationsResponse,
  Operations as OperationsApi,
} from "longrunning/google/longrunning/operations_pb.js";
import { createOperations, type OperationStore } from "longrunning/server";
import type { Sample } from "../harness/benchmark.ts";
import { startMeter } from "../harness/meter.ts";
import { longestTurn } from "../waiters/longest-turn.ts";
import { directOperations, directStart, handlerContext } from "../workload/direct.ts";
import { response } from "../workload/messages.ts";
import { openStore } from "../workload/open-store.ts";
import { openBareDriver } from "./bare-driver.ts";
import { type FinishedOperations, makeFinishedOperations } from "./finished-operations.ts";

/** What is read, and by whom: the driver, the store, or a service's methods. */
export interface ReadingOptions extends FinishedOperations {
  readonly by: "driver" | "store" | "operations";
  readonly read: keyof Reader;
  /** How often in each round. */
  readonly calls: number;
}

/** Ways to read, each of them once. */
interface Reader {
  get(name: string): unknown;
  /** The first page of all: how many it holds, like the other two. */
  newest(): number | Promise<number>;
  /** The first page of those that have not ended. */
  unfinished(): number | Promise<number>;
  /** The next page of those whose metadata is as none's is. */
  metadata(): number | Promise<number>;
}

const pageSize = 50;
const { getOperation, listOperations } = OperationsApi.method;

/** Reads from a file with very many operations. */
export async function open(options: ReadingOptions): Promise<{
  round(): Promise<Sample>;
  close(): Promise<void>;
}> {
  const { path, by, read, calls } = options;
  await makeFinishedOperations(options);
  const driver = openBareDriver(path);
  const names = driver.names(10_000);
  const reader = await readerOf(by, path);
  let called = 0;

  async function call(): Promise<void> {
    if (read === "get") {
      await reader.get(names[called++ % names.length] ?? "");
      return;
    }
    const count = await reader[read]();
    // Where the machine is busy, a page may be over before it is full.
    if (read === "metadata" ? count > 0 : count === 0) {
      throw new Error(`A page of ${read} holds ${count} operations`);
    }
  }

  return {
    async round() {
      const turns = longestTurn();
      const stop = startMeter();
      turns.watch();
      for (let n = 0; n < calls; n++) {
        await call();
      }
      const { wallUs, cpuUs } = stop();
      return { cpu: cpuUs / calls, time: wallUs / calls / 1_000, turn: turns.stop() };
    },
    close: async () => driver.close(),
  };
}

async function readerOf(by: ReadingOptions["by"], path: string): Promise<Reader> {
  if (by === "driver") {
    const { get, newest, unfinished } = openBareDriver(path);
    return {
      get,
      newest: () => newest(pageSize).length,
      unfinished: () => unfinished(pageSize).length,
      metadata: () => 0,
    };
  }
  const store = await openStore({ kind: "sqlite", path });
  return by === "store" ? storeReader(store) : methodReader(store);
}

function storeReader(store: OperationStore): Reader {
  const bounds = { limit: pageSize, maxBytes: 3_000_000, maxScanned: 10_000, maxScanMs: 50 };
  const test = { kind: "bool", operator: "=", value: false } as const;
  const unfinished = {
    condition: { kind: "compare", field: "done", test } as const,
    matches: ({ state }: { readonly state: string }) => state !== "done",
  };
  return {
    get: (name) => store.read(name),
    newest: async () => (await store.list(bounds)).records.length,
    unfinished: async () => (await store.list({ ...bounds, filter: unfinished })).records.length,
    metadata: () => 0,
  };
}

function methodReader(store: OperationStore): Reader {
  const operations = createOperations({ store });
  // Whose metadata there may be follows from what is implemented.
  directStart(operations, async () => response);
  const { getOperation: get, listOperations: list } = directOperations(operations);
  let lastToken = "";

  async function page(filter: string, pageToken = ""): Promise<ListOperationsResponse> {
    const request = create(ListOperationsRequestSchema, { filter, pageSize, pageToken });
    return (await list(request, handlerContext(listOperations))) as ListOperationsResponse;
  }

  return {
    get: (name) => get(create(GetOperationRequestSchema, { name }), handlerContext(getOperation)),
    newest: async () => (await page("")).operations.length,
    unfinished: async () => (await page("done = false")).operations.length,
    async metadata() {
      const { operations, nextPageToken } = await page("metadata.files_done = 1", lastToken);
      lastToken = nextPageToken;
      return operations.length;
    },
  };
}
