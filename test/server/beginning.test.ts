// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { createOperations, memoryStore, type OperationEvent } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

test("a handler that computes at once does not hold up the answer to who started it", async () => {
  const order: string[] = [];
  const clock = steppedClock();
  await using a = replica(
    async () => {
      order.push("begins");
      return {};
    },
    { store: memoryStore({ clock }), clock },
  );
  await turns();
  await a.start();
  order.push("answered");
  await until(() => order.length === 2);
  expect(order).toEqual(["answered", "begins"]);
});

test("the answer is on its way, over a socket too, before a handler begins", async () => {
  await using operations = createOperations({ store: memoryStore() });
  const begun = gate();
  let sentBytes = 0;
  const impl = operations.implement(ChecksumServiceOperations, {
    async checksumTree() {
      sentBytes = sockets.reduce((bytes, socket) => bytes + socket.bytesWritten, 0);
      begun.open();
      return {};
    },
  });
  const server = createServer(
    connectNodeAdapter({ routes: (router) => router.service(ChecksumServiceOperations, impl) }),
  );
  const sockets: { readonly bytesWritten: number }[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    operations.work();
    await turns();
    const { port } = server.address() as AddressInfo;
    const transport = createConnectTransport({
      baseUrl: `http://127.0.0.1:${port}`,
      httpVersion: "1.1",
    });
    const { name } = await createClient(ChecksumServiceOperations, transport).checksumTree({});
    await begun.passed;
    expect(sentBytes).toBeGreaterThan(name.length);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("an operation that is cancelled before its handler begins never runs", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const told: OperationEvent["kind"][] = [];
  let invoked = 0;
  await using a = replica(
    async () => {
      invoked++;
      return {};
    },
    { store, clock, onEvent: ({ kind }) => told.push(kind) },
  );
  await turns();
  const name = await a.start();
  await a.api.cancelOperation({ name });
  await until(async () => (await a.outcome(name)).kind === "cancelled");
  expect(invoked).toBe(0);
  expect(told).toEqual(["started", "cancel-requested", "ended"]);
});

test.each([{ maxLosses: 0 }, { maxLosses: 5 }])(
  "with maxLosses $maxLosses, what is given back before its handler begins is another's to run",
  async ({ maxLosses }) => {
    const clock = steppedClock();
    const store = memoryStore({ clock });
    const told: OperationEvent["kind"][] = [];
    const invoked: string[] = [];
    const handler = (which: string) => async () => {
      invoked.push(which);
      return {};
    };
    const [linkA, linkB] = [linkTo(store), linkTo(store)];
    const options = { clock, maxLosses };
    const a = replica(handler("a"), {
      ...options,
      store: linkA.store,
      onEvent: ({ kind }) => told.push(kind),
    });
    await turns();
    const name = await a.start();
    const closed = a.operations.close({ drainMs: 0 });
    await Promise.all([closed, clock.advance(0)]);
    await using b = replica(handler("b"), { ...options, store: linkB.store });
    await until(async () => (await b.outcome(name)).kind === "succeeded");
    expect(invoked).toEqual(["b"]);
    expect(linkB.claims).toMatchObject([{ attempt: 2, losses: 0 }]);
    expect(told).toEqual(["started"]);
  },
);
