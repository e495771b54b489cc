// SPDX-License-Identifier: Apache-2.0

import {
  Code,
  ConnectError,
  createClient,
  createContextKey,
  createContextValues,
  createRouterTransport,
} from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { Operations as OperationsApi } from "../../gen/google/longrunning/operations_pb.ts";
import { principalKey } from "../../src/principal.ts";
import {
  createOperations,
  memoryStore,
  type OperationAccess,
  type OperationEvent,
  type OperationsOptions,
} from "../../src/server/index.ts";
import { failureOf } from "./failure.ts";
import { linkTo } from "./link.ts";
import { newOperation } from "./new-operation.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns } from "./turns.ts";

/** A server whose callers name themselves in a header. */
function serving(options: Partial<OperationsOptions> = {}) {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const link = linkTo(store);
  const errors: unknown[] = [];
  const events: OperationEvent[] = [];
  const operations = createOperations({
    principal: ({ requestHeader }) => requestHeader.get("x-caller") ?? undefined,
    onError: (error) => errors.push(error),
    onEvent: (event) => events.push(event),
    ...options,
    store: link.store,
    clock,
  });
  const impl = operations.implement(ChecksumServiceOperations, { checksumTree: async () => ({}) });
  const transport = createRouterTransport((router) => {
    operations.routes(router);
    router.service(ChecksumServiceOperations, impl);
  });
  const as = (caller: string) => ({ headers: caller === "" ? {} : { "x-caller": caller } });
  return {
    clock,
    store,
    link,
    errors,
    events,
    operations,
    transport,
    as,
    api: createClient(OperationsApi, transport),
    checksum: createClient(ChecksumServiceOperations, transport),
  };
}

const calls = {
  get: (name: string) => ({ method: "getOperation", request: { name } }) as const,
  wait: (name: string) => ({ method: "waitOperation", request: { name } }) as const,
  cancel: (name: string) => ({ method: "cancelOperation", request: { name } }) as const,
  delete: (name: string) => ({ method: "deleteOperation", request: { name } }) as const,
};

test("whoever is nobody is refused by all five methods, whatever they ask, before the store is", async () => {
  const { api, link, as, operations } = serving();
  await using _ = operations;
  for (const name of ["operations/a", "", "nonsense"]) {
    for (const call of [
      api.getOperation({ name }, as("")),
      api.listOperations({ name, pageSize: -1 }, as("")),
      api.cancelOperation({ name }, as("")),
      api.deleteOperation({ name }, as("")),
      api.waitOperation({ name, timeout: { seconds: -1n } }, as("")),
    ]) {
      expect(await failureOf(call)).toMatchObject({
        code: "Unauthenticated",
        reason: "UNAUTHENTICATED",
        domain: "checksum.v1.ChecksumService",
      });
    }
  }
  expect(link.calls).toMatchObject({ read: 0, list: 0, cancel: 0, delete: 0, secret: 0 });
});

test("by default, callers are who the context value says", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  await using operations = createOperations({ store, clock });
  for (const owner of ["", "alice"]) {
    await store.insert(newOperation(`operations/of-${owner}`, { owner }), { kind: "queued" });
  }
  const namesFor = async (principal: string | undefined) => {
    const transport = createRouterTransport(operations.routes, {
      router: {
        interceptors: [
          (next) => (request) => {
            request.contextValues.set(principalKey, principal);
            return next(request);
          },
        ],
      },
    });
    const page = await createClient(OperationsApi, transport).listOperations({});
    return page.operations.map(({ name }) => name);
  };
  expect(await namesFor(undefined)).toEqual(["operations/of-"]);
  expect(await namesFor("alice")).toEqual(["operations/of-alice"]);
  expect(await namesFor("bob")).toEqual([]);
  // A client's context values stay with the client.
  const values = createContextValues().set(createContextKey(0), 1).set(principalKey, "alice");
  const client = createClient(OperationsApi, createRouterTransport(operations.routes));
  const page = await client.listOperations({}, { contextValues: values });
  expect(page.operations.map(({ name }) => name)).toEqual(["operations/of-"]);
});

test("a rule is asked once for each call, with all that it needs, and nothing that is not there", async () => {
  const asked: OperationAccess[] = [];
  const { api, as, operations, store, clock } = serving({
    authorize(access) {
      asked.push(access);
      return "own";
    },
  });
  await using _ = operations;
  const name = "operations/a";
  await store.insert(newOperation(name, { owner: "alice" }), { kind: "queued" });
  const missing = "operations/b";
  await api.getOperation({ name }, as("alice"));
  await failureOf(api.getOperation({ name }, as("bob")));
  await failureOf(api.deleteOperation({ name: missing }, as("alice")));
  await api.cancelOperation({ name }, as("alice"));
  await api.waitOperation({ name }, as("alice"));
  await api.listOperations({ name: "projects/p/operations" }, as("alice"));
  expect(asked).toEqual([
    { action: "get", name, principal: "alice", owner: "alice" },
    { action: "get", name, principal: "bob", owner: "alice" },
    { action: "delete", name: missing, principal: "alice", owner: undefined },
    { action: "cancel", name, principal: "alice", owner: "alice" },
    { action: "wait", name, principal: "alice", owner: "alice" },
    { action: "list", parent: "projects/p", principal: "alice" },
  ]);
  await clock.advance(0);
});

test("a list shows what its rule grants, and a token grants nothing", async () => {
  let grant: "own" | "all" | "none" = "all";
  const { api, as, operations, store } = serving({ authorize: () => grant });
  await using _ = operations;
  for (const owner of ["alice", "bob", "alice", "bob"]) {
    const name = `operations/${crypto.randomUUID()}-${owner}`;
    await store.insert(newOperation(name, { owner }), { kind: "queued" });
  }
  const owners = async (pageToken = "") => {
    const page = await api.listOperations({ pageSize: 2, pageToken }, as("alice"));
    return {
      owners: page.operations.map(({ name }) => name.replace(/.*-/, "")),
      next: page.nextPageToken,
    };
  };
  const first = await owners();
  expect(first.owners).toEqual(["bob", "alice"]);
  expect((await owners(first.next)).owners).toEqual(["bob", "alice"]);
  grant = "own";
  expect((await owners(first.next)).owners).toEqual(["alice"]);
  expect((await owners()).owners).toEqual(["alice", "alice"]);
  grant = "none";
  expect(await owners()).toEqual({ owners: [], next: "" });
  expect(await owners(first.next)).toEqual({ owners: [], next: "" });
  grant = "all";
  const stolen = api.listOperations({ pageSize: 2, pageToken: first.next }, as("bob"));
  expect(await failureOf(stolen)).toMatchObject({ reason: "PAGE_TOKEN_INVALID" });
});

test("a wait is answered only to who may see the operation when it is answered", async () => {
  let allowed = true;
  const { api, as, operations, store, clock } = serving({
    authorize: () => (allowed ? "all" : "none"),
  });
  await using _ = operations;
  const name = "operations/a";
  await store.insert(newOperation(name, { owner: "alice" }), { kind: "queued" });
  const [ends, times] = [
    failureOf(api.waitOperation({ name }, as("bob"))),
    failureOf(api.waitOperation({ name, timeout: { seconds: 5n } }, as("bob"))),
  ];
  const denied = failureOf(api.waitOperation({ name: "operations/x" }, as("bob")));
  await turns();
  allowed = false;
  await clock.advance(10_000);
  await store.cancel(name, { kind: "error", code: 1, status: new Uint8Array([8, 1]) });
  const failure = { code: "NotFound", reason: "OPERATION_NOT_FOUND" };
  expect(await Promise.all([ends, times, denied])).toMatchObject([failure, failure, failure]);
});

test.each(["get", "wait", "cancel", "delete"] as const)(
  "a rule that fails lets nobody through: %s",
  async (action) => {
    const name = "operations/a";
    for (const authorize of [
      () => Promise.reject(new Error("the directory at 10.0.0.1 is down")),
      () => "yes" as "own",
      () => undefined as unknown as "own",
    ]) {
      const { api, as, operations, store, errors, link } = serving({ authorize });
      await using _ = operations;
      await store.insert(newOperation(name, { owner: "alice" }), { kind: "queued" });
      const { method, request } = calls[action](name);
      expect(await failureOf(api[method](request, as("alice")))).toEqual({
        code: "Internal",
        message: "it could not be decided what the caller may do",
        reason: "ACCESS_CHECK_FAILED",
        domain: "checksum.v1.ChecksumService",
        details: {},
      });
      expect(errors).toHaveLength(1);
      expect(link.calls).toMatchObject({ cancel: 0, delete: 0 });
    }
  },
);

test("what a rule refuses with is what the caller is told", async () => {
  const { api, as, operations } = serving({
    principal() {
      throw new ConnectError("your token has expired", Code.Unauthenticated);
    },
  });
  await using _ = operations;
  await expect(api.listOperations({}, as("alice"))).rejects.toMatchObject({
    code: Code.Unauthenticated,
    rawMessage: "your token has expired",
  });
});

test("what is asked of an operation is an event, once, if it changes anything", async () => {
  const { api, as, operations, store, events, clock } = serving();
  await using _ = operations;
  const name = "operations/a";
  await store.insert(newOperation(name, { owner: "alice" }), { kind: "queued" });
  await clock.advance(1_000);
  await failureOf(api.cancelOperation({ name }, as("bob")));
  await failureOf(api.deleteOperation({ name }, as("bob")));
  expect(events).toEqual([]);
  await api.cancelOperation({ name }, as("alice"));
  await api.cancelOperation({ name }, as("alice"));
  await api.deleteOperation({ name }, as("alice"));
  await failureOf(api.deleteOperation({ name }, as("alice")));
  expect(events).toEqual([
    { kind: "cancel-requested", name },
    { kind: "ended", name, method: "m", code: Code.Canceled, elapsedMs: 1_000, cutOff: false },
    { kind: "deleted", name },
  ]);
});
