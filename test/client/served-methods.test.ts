// SPDX-License-Identifier: Apache-2.0

import { create, createFileRegistry, type DescService, type Message } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { type CallOptions, Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { createOperationClient, type OperationHandle } from "../../src/client/index.ts";
import { type OperationService, operationRegistry, resolveOperations } from "../../src/index.ts";
import {
  createOperations,
  memoryStore,
  type OperationContext,
  type OperationHandlers,
} from "../../src/server/index.ts";
import { compileProto } from "../compile-proto.ts";
import { gate } from "../server/gate.ts";
import { aborted, type Call, rejectionOf, watchedRouter } from "./serving.ts";
import { type TransportKind, transportKinds } from "./transports.ts";

const source = `
  syntax = "proto3";
  package press.v1;
  import "google/api/annotations.proto";
  import "google/longrunning/operations.proto";
  import "google/protobuf/empty.proto";
  service Press {
    rpc Print(PrintRequest) returns (google.longrunning.Operation) {
      option (google.api.http) = {post: "/v1/prints", body: "*"};
      option (google.longrunning.operation_info) = {
        response_type: "PrintResponse", metadata_type: "PrintMetadata"
      };
    }
    rpc Clean(CleanRequest) returns (google.longrunning.Operation) {
      option (google.api.http) = {post: "/v1/prints:clean", body: "*"};
      option (google.longrunning.operation_info) = {
        response_type: "google.protobuf.Empty", metadata_type: "PrintMetadata"
      };
    }
    rpc Watch(CleanRequest) returns (stream PrintMetadata) {
      option (google.api.http) = {get: "/v1/prints:watch"};
    }
  }
  message PrintRequest { string title = 1; bool validate_only = 2; }
  message PrintResponse { string title = 1; }
  message PrintMetadata { int32 pages = 1; }
  message CleanRequest {}
`;

const types = createFileRegistry(compileProto({ "press.proto": source }));

/** A service that is only known at run time. */
const Press = resolveOperations(types.getService("press.v1.Press") as DescService, types);

type Handle = OperationHandle<Message & Record<string, unknown>, Message>;

/** What the types of a service that is known at run time do not say. */
interface PressClient {
  print(request: object): Promise<Handle>;
  clean: { (request: object): Promise<Handle>; resume(name: string): Handle };
  watch(request: object, options?: CallOptions): AsyncIterable<Message>;
}

async function press(kind: TransportKind, handlers: object) {
  const operations = createOperations({ store: memoryStore() });
  const impl = operations.implement(Press, handlers as OperationHandlers<OperationService>);
  operations.work();
  const calls: Call[] = [];
  const open = await kind.open(
    (router) => {
      const watched = watchedRouter(router, calls);
      operations.routes(watched);
      watched.service(Press, impl);
    },
    { registry: operationRegistry(Press) },
  );
  return {
    client: createOperationClient(Press, open.transport) as unknown as PressClient,
    methods: () => calls.map(({ method }) => method),
    async [Symbol.asyncDispose]() {
      await operations.close({ drainMs: 0 });
      await open.close();
    },
  };
}

describe.each(transportKinds)("over $name", (kind) => {
  test("who only validates has an answer without a name, and nothing to ask for", async () => {
    await using a = await press(kind, {
      print: {
        validates: true,
        start(request: { title: string }) {
          if (request.title === "") {
            throw new ConnectError("title: must not be empty", Code.InvalidArgument);
          }
          return { response: { title: "as if" } };
        },
        run: () => expect.fail("nothing has started"),
      },
    });

    const operation = await a.client.print({ title: "a", validateOnly: true });

    expect(operation).toMatchObject({ name: "", done: true });
    expect(await operation.result()).toMatchObject({ title: "as if" });
    expect(await operation.poll()).toMatchObject({ kind: "succeeded" });
    for await (const state of operation.progress()) {
      expect.fail(`there is none: ${state}`);
    }
    const error = await rejectionOf(a.client.print({ validateOnly: true }));
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ code: Code.InvalidArgument });
    expect(a.methods()).toEqual(["Print", "Print"]);
  });

  test("an operation may end with nothing", async () => {
    await using a = await press(kind, { clean: async () => {} });

    const operation = await a.client.clean({});

    expect(await operation.result()).toEqual(create(EmptySchema));
    expect(await a.client.clean.resume(operation.name).result()).toEqual(create(EmptySchema));
  });

  test("types that are known at run time are enough", async () => {
    await using a = await press(kind, {
      async print({ title }: { title: string }, operation: OperationContext<Message>) {
        await operation.report({ pages: 3 } as never);
        return { title };
      },
    });

    const operation = await a.client.print({ title: "a" });

    expect(await operation.result()).toMatchObject({
      $typeName: "press.v1.PrintResponse",
      title: "a",
    });
    expect(operation.metadata).toMatchObject({ $typeName: "press.v1.PrintMetadata", pages: 3 });
  });

  test("a streaming method passes through", async () => {
    const left = gate();
    await using a = await press(kind, {
      async *watch(_: unknown, { signal }: HandlerContext) {
        yield { pages: 1 };
        yield { pages: 2 };
        await aborted(signal);
        left.open();
      },
    });

    const leaving = new AbortController();
    const seen: Message[] = [];
    const watching = (async () => {
      for await (const state of a.client.watch({}, { signal: leaving.signal })) {
        if (seen.push(state) === 2) {
          leaving.abort();
        }
      }
    })();

    expect(await rejectionOf(watching)).toMatchObject({ code: Code.Canceled });
    expect(seen).toMatchObject([{ pages: 1 }, { pages: 2 }]);
    await left.passed;
  });
});
