// SPDX-License-Identifier: Apache-2.0

import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescService,
  type Message,
  type Registry,
} from "@bufbuild/protobuf";
import {
  type CallOptions,
  type Client,
  createClient,
  createRouterTransport,
} from "@connectrpc/connect";
import {
  type Operation,
  Operations as OperationsApi,
} from "../../gen/google/longrunning/operations_pb.ts";
import { type OperationOutcome, outcomeOf, resolveOperations } from "../../src/index.ts";
import type { OperationService } from "../../src/operation-service.ts";
import {
  createOperations,
  type ErrorContext,
  type OperationEvent,
  type OperationHandlers,
  type Operations,
  type OperationsOptions,
} from "../../src/server/index.ts";
import { compileProto } from "../compile-proto.ts";
import type { SteppedClock } from "./stepped-clock.ts";

const source = `
  syntax = "proto3";
  package build.v1;
  import "google/api/field_info.proto";
  import "google/longrunning/operations.proto";
  import "google/protobuf/any.proto";
  import "google/protobuf/empty.proto";
  service Builder {
    rpc Build(BuildRequest) returns (google.longrunning.Operation) {
      option (google.longrunning.operation_info) = {
        response_type: "BuildResponse", metadata_type: "BuildMetadata"
      };
    }
    rpc Clean(CleanRequest) returns (google.longrunning.Operation) {
      option (google.longrunning.operation_info) = {
        response_type: "google.protobuf.Empty", metadata_type: "BuildMetadata"
      };
    }
    rpc Describe(CleanRequest) returns (BuildResponse);
  }
  message BuildRequest {
    string parent = 1;
    string target = 2;
    string request_id = 3 [(google.api.field_info).format = UUID4];
    bool validate_only = 4;
    map<string, string> labels = 5;
    google.protobuf.Any extra = 6;
    double weight = 7;
  }
  message BuildResponse { string image = 1; }
  message BuildMetadata { string step = 1; }
  message CleanRequest {
    string parent = 1;
    string key = 2;
    string request_id = 3 [(google.api.field_info).format = UUID4];
  }
`;

/** Every type of the builder. */
export const types: Registry = createFileRegistry(compileProto({ "build.proto": source }));

/** A service whose requests have an id, a parent, and `validate_only`. */
const Builder: OperationService = resolveOperations(
  types.getService("build.v1.Builder") as DescService,
  types,
);

/** A message of the builder's package, of a type that is known at run time only. */
export function message(name: string, init: Record<string, unknown> = {}): Message {
  return create(types.getMessage(`build.v1.${name}`) as DescMessage, init);
}

type Call = (request: object, options?: CallOptions) => Promise<Operation>;
type Outcome = OperationOutcome<Message & Record<string, unknown>, Message>;

/** A process that serves the builder, with clients of its own. */
export interface Host extends AsyncDisposable {
  readonly operations: Operations;
  readonly build: Call;
  readonly clean: Call;
  readonly api: Client<typeof OperationsApi>;
  /** What `onError` was told. */
  readonly errors: { readonly error: unknown; readonly context: ErrorContext }[];
  readonly events: OperationEvent[];
  outcome(name: string): Promise<Outcome>;
}

export interface HostOptions extends OperationsOptions {
  readonly clock: SteppedClock;
  /** Default: Builder. */
  readonly service?: OperationService;
  /** Default: true. */
  readonly work?: boolean;
}

/** How a caller says who it is, to a host that asks. */
export const as = (caller: string): CallOptions => ({ headers: { caller } });

/** Callers are told apart by what they say. */
export const principal: NonNullable<OperationsOptions["principal"]> = ({ requestHeader }) =>
  requestHeader.get("caller") ?? undefined;

export function host(
  handlers: object,
  { service = Builder, work = true, ...options }: HostOptions,
): Host {
  const errors: Host["errors"][number][] = [];
  const events: OperationEvent[] = [];
  const operations = createOperations({
    onError: (error, context) => errors.push({ error, context }),
    onEvent: (event) => events.push(event),
    ...options,
  });
  const impl = operations.implement(service, handlers as OperationHandlers<OperationService>);
  const transport = createRouterTransport((router) => {
    operations.routes(router);
    router.service(service, impl);
  });
  const client = createClient(service, transport) as unknown as Record<"build" | "clean", Call>;
  const api = createClient(OperationsApi, transport);
  if (work) {
    operations.work();
  }
  return {
    operations,
    build: client.build,
    clean: client.clean,
    api,
    errors,
    events,
    async outcome(name) {
      const { build } = Builder.operations;
      if (build === undefined) {
        throw new Error("build is not described");
      }
      return outcomeOf(await api.getOperation({ name }), build) as Outcome;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([operations.close({ drainMs: 0 }), options.clock.advance(0)]);
    },
  };
}
