// SPDX-License-Identifier: Apache-2.0

import { createFileRegistry, type DescService, type Message } from "@bufbuild/protobuf";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { ChecksumService } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { Operations as OperationsApi } from "../../gen/google/longrunning/operations_pb.ts";
import { outcomeOf, resolveOperations } from "../../src/index.ts";
import { createOperations, memoryStore, type Operations } from "../../src/server/index.ts";
import { compileProto } from "../compile-proto.ts";
import { failureOf } from "./failure.ts";
import type { Handlers } from "./replica.ts";

const checksumTree = async () => ({ treeDigest: "done" });

function implement(handlers: unknown, operations: Operations = operationsInMemory()) {
  return operations.implement(ChecksumServiceOperations, handlers as Handlers);
}

function operationsInMemory(): Operations {
  return createOperations({ store: memoryStore() });
}

test("what is made of handlers has the implemented methods, and no others", () => {
  expect(Object.keys(implement({}))).toEqual([]);
  expect(Object.keys(implement({ checksumTree }))).toEqual(["checksumTree"]);
  const listAlgorithms = () => ({ algorithms: [] });
  const both = { listAlgorithms, checksumTree: { run: checksumTree, maxLosses: 0 } };
  expect(Object.keys(implement(both)).sort()).toEqual(["checksumTree", "listAlgorithms"]);
  expect(Object.keys(implement({ checksumTree: undefined }))).toEqual([]);
});

test.each([
  {
    handlers: { checksumTre: checksumTree },
    says: 'checksum.v1.ChecksumService has no method "checksumTre"; it has checksumTree, listAlgorithms',
  },
  {
    handlers: { checksumTree: 5 },
    says: 'Expected the handler of ChecksumTree to be a function, or an object with a function `run`, or with `run: "external"`',
  },
  { handlers: { checksumTree: null }, says: "Expected the handler of ChecksumTree" },
  { handlers: { checksumTree: { run: "now" } }, says: "Expected the handler of ChecksumTree" },
  {
    handlers: { listAlgorithms: { run: () => ({}), maxLosses: 0 } },
    says: "Expected the implementation of ListAlgorithms to be a function: it returns no Operation, so it has no options",
  },
  {
    handlers: { checksumTree: { run: checksumTree, maxLosses: -1 } },
    says: "Expected `ChecksumTree.maxLosses` to be a whole number from 0, got -1",
  },
  {
    handlers: { checksumTree: { run: checksumTree, retentionMs: Number.NaN } },
    says: "Expected `ChecksumTree.retentionMs` to be a whole number from 0, got NaN",
  },
  {
    handlers: { checksumTree: { run: checksumTree, maxLoss: 0 } },
    says: "ChecksumTree: there is no option `maxLoss` beside a function `run`; there are run, start, validates, parent, requestId, retentionMs, cancelGraceMs, maxLosses",
  },
  {
    handlers: { checksumTree: { run: checksumTree, timeoutMs: 1_000 } },
    says: "ChecksumTree: there is no option `timeoutMs` beside a function `run`",
  },
  {
    handlers: { checksumTree: { run: "external", timeoutMs: 1_000, maxLosses: 0 } },
    says: 'ChecksumTree: there is no option `maxLosses` beside `run: "external"`; there are run, start,',
  },
  {
    handlers: { checksumTree: { run: "external" } },
    says: "ChecksumTree: an external operation needs `timeoutMs`, after which it is given up",
  },
  {
    handlers: { checksumTree: { run: "external", timeoutMs: 0 } },
    says: "Expected `ChecksumTree.timeoutMs` to be a whole number from 1, got 0",
  },
  {
    handlers: { checksumTree: { run: checksumTree, validates: true } },
    says: "ChecksumTree: `validates` says what `start` does, and there is no `start`",
  },
  {
    handlers: { checksumTree: { run: checksumTree, start: () => {}, validates: true } },
    says: "ChecksumTree: `validates` needs a field `bool validate_only` in checksum.v1.ChecksumTreeRequest",
  },
  {
    handlers: { checksumTree: { run: checksumTree, start: () => {}, validates: "yes" } },
    says: "Expected `validates` of ChecksumTree to be a boolean",
  },
  ...["start", "parent", "requestId"].map((name) => ({
    handlers: { checksumTree: { run: checksumTree, [name]: "projects/p" } },
    says: `Expected \`${name}\` of ChecksumTree to be a function`,
  })),
  {
    handlers: { checksumTree: { run: "external", timeoutMs: 1_000, onCancel: true } },
    says: "Expected `onCancel` of ChecksumTree to be a function",
  },
  {
    handlers: { checksumTree: { run: checksumTree, cancelGraceMs: 0.5 } },
    says: "Expected `ChecksumTree.cancelGraceMs` to be a whole number from 0, got 0.5",
  },
])("$handlers cannot be implemented", ({ handlers, says }) => {
  expect(() => implement(handlers)).toThrow(says);
});

test("a method is implemented once", () => {
  const operations = operationsInMemory();
  implement({ checksumTree }, operations);
  expect(() => implement({ checksumTree }, operations)).toThrow(
    "checksum.v1.ChecksumService/ChecksumTree is implemented already",
  );
});

test("a service that does not say of which types its operations are cannot be implemented", () => {
  expect(() => operationsInMemory().implement(ChecksumService as never, {})).toThrow(
    "checksum.v1.ChecksumService does not say of which types its operations are: implement the generated ChecksumServiceOperations, or resolveOperations(ChecksumService, registry)",
  );
});

test("a call that throws leaves no method behind", () => {
  const operations = operationsInMemory();
  expect(() => implement({ checksumTree, listAlgorithms: 5 }, operations)).toThrow(TypeError);
  expect(() => implement({ checksumTree }, operations)).not.toThrow();
});

async function digestOf(handlers: Handlers): Promise<string> {
  await using operations = operationsInMemory();
  const impl = operations.implement(ChecksumServiceOperations, handlers);
  operations.work();
  const transport = createRouterTransport((router) => {
    operations.routes(router);
    router.service(ChecksumServiceOperations, impl);
  });
  const client = createClient(ChecksumServiceOperations, transport);
  expect((await client.listAlgorithms({})).algorithms).toEqual(["from a field"]);
  const { name } = await client.checksumTree({ root: "/" });
  const done = await createClient(OperationsApi, transport).waitOperation({ name });
  const outcome = outcomeOf(done, ChecksumServiceOperations.operations.checksumTree);
  return outcome.kind === "succeeded" ? outcome.response.treeDigest : outcome.kind;
}

test("the handlers may be an object of a class, as router.service takes them", async () => {
  class Checksums implements Handlers {
    readonly field = "from a field";
    async checksumTree() {
      return { treeDigest: this.field };
    }
    listAlgorithms() {
      return { algorithms: [this.field] };
    }
  }
  expect(await digestOf(new Checksums())).toBe("from a field");
});

test("a method that is written out in full keeps its `this`", async () => {
  const method = {
    maxLosses: 7,
    start(): void {
      this.maxLosses++;
    },
    async run() {
      return { treeDigest: `${this.maxLosses} losses` };
    },
  };
  const listAlgorithms = () => ({ algorithms: ["from a field"] });
  expect(await digestOf({ checksumTree: method, listAlgorithms })).toBe("8 losses");
});

test("a method may be an object of a class, with fields of its own", async () => {
  class Checksum {
    readonly digest = "of a class";
    async run() {
      return { treeDigest: this.digest };
    }
  }
  const listAlgorithms = () => ({ algorithms: ["from a field"] });
  expect(await digestOf({ checksumTree: new Checksum(), listAlgorithms })).toBe("of a class");
});

test("an option that is undefined is left out", () => {
  const timeoutMs = undefined;
  expect(() => implement({ checksumTree: { run: checksumTree, timeoutMs } })).not.toThrow();
});

const odd = createFileRegistry(
  compileProto({
    "odd.proto": `
      syntax = "proto3";
      package odd;
      import "google/api/client.proto";
      import "google/api/field_info.proto";
      import "google/longrunning/operations.proto";
      import "google/protobuf/any.proto";
      import "google/protobuf/empty.proto";
      service Odd {
        option (google.api.default_host) = "odd.example.com";
        rpc Untyped(google.protobuf.Empty) returns (google.longrunning.Operation);
        rpc Echo(google.protobuf.Any) returns (google.longrunning.Operation) {
          option (google.longrunning.operation_info) = {
            response_type: "google.protobuf.Any", metadata_type: "google.protobuf.Empty"
          };
        }
        rpc Two(TwoIds) returns (google.longrunning.Operation) {
          option (google.longrunning.operation_info) = {
            response_type: "google.protobuf.Any", metadata_type: "google.protobuf.Empty"
          };
        }
        rpc Named(NamedId) returns (google.longrunning.Operation) {
          option (google.longrunning.operation_info) = {
            response_type: "google.protobuf.Any", metadata_type: "google.protobuf.Empty"
          };
        }
      }
      message TwoIds {
        string id = 1 [(google.api.field_info).format = UUID4];
        string other_id = 2 [(google.api.field_info).format = UUID4];
      }
      message NamedId {
        string id = 1 [(google.api.field_info).format = UUID4];
        string request_id = 2 [(google.api.field_info).format = UUID4];
        repeated string ids = 3 [(google.api.field_info).format = UUID4];
      }
    `,
  }),
);
const oddService = resolveOperations(odd.getService("odd.Odd") as DescService, odd);

test("a long-running method without operation_info cannot be implemented", () => {
  const untyped = { untyped: async () => ({}) };
  expect(() => operationsInMemory().implement(oddService, untyped as never)).toThrow(
    "odd.Odd.Untyped has no (google.longrunning.operation_info), so its handler cannot be typed or run",
  );
});

test("a request that could have two ids says which one it is", async () => {
  const run = async () => ({ typeUrl: "", value: new Uint8Array() });
  expect(() => operationsInMemory().implement(oddService, { two: run } as never)).toThrow(
    "Two has several fields with (google.api.field_info).format = UUID4, id and other_id: say with `requestId` which one is the request's id",
  );
  const two = { run, requestId: (request: { otherId: string }) => request.otherId };
  await using operations = operationsInMemory();
  const impl = operations.implement(oddService, { two, named: run } as never);
  const transport = createRouterTransport((router) => router.service(oddService, impl));
  const client = createClient(oddService, transport) as unknown as Record<
    "two" | "named",
    (init: object) => Promise<{ name: string }>
  >;
  const [first, second] = [await client.two({ otherId: "a" }), await client.two({ otherId: "a" })];
  expect(second.name).toBe(first.name);
  // What is called request_id is the one, as AIP-155 has it.
  expect(await failureOf(client.named({ requestId: "a" }))).toMatchObject({
    reason: "REQUEST_ID_INVALID",
  });
  await client.named({ id: "a", ids: ["a", "b"] });
});

test("a request that is an Any reaches the handler as it was sent", async () => {
  await using operations = operationsInMemory();
  const echo = async (request: Message) => request;
  const impl = operations.implement(oddService, { echo } as never);
  operations.work();
  const transport = createRouterTransport((router) => {
    operations.routes(router);
    router.service(oddService, impl);
  });
  const request = { typeUrl: "type.example/x", value: new Uint8Array([1, 2, 3]) };
  const client = createClient(oddService, transport) as unknown as {
    echo(init: typeof request): Promise<{ name: string }>;
  };
  const { name } = await client.echo(request);
  const { result } = await createClient(OperationsApi, transport).waitOperation({ name });
  expect(result).toMatchObject({ case: "response", value: request });
});

test.each([
  { domain: undefined, first: oddService, expected: "odd.example.com" },
  { domain: "mine.example.com", first: oddService, expected: "mine.example.com" },
  { domain: undefined, first: ChecksumServiceOperations, expected: "checksum.v1.ChecksumService" },
  { domain: undefined, first: undefined, expected: "google.longrunning.Operations" },
])("errors are of the domain $expected", async ({ domain, first, expected }) => {
  const options = { store: memoryStore(), ...(domain !== undefined && { domain }) };
  await using operations = createOperations(options);
  if (first !== undefined) {
    operations.implement(first, {});
    operations.implement(ChecksumServiceOperations, {});
  }
  const client = createClient(OperationsApi, createRouterTransport(operations.routes));
  expect(await failureOf(client.getOperation({}))).toMatchObject({ domain: expected });
});

test("the registry knows every type of what is implemented", () => {
  const operations = operationsInMemory();
  const name = "checksum.v1.ChecksumTreeResponse";
  expect(operations.registry.getMessage(name)).toBeUndefined();
  implement({ checksumTree }, operations);
  expect(operations.registry.getMessage(name)).toBeDefined();
  expect(operations.registry.getMessage("google.rpc.ErrorInfo")).toBeDefined();
});
