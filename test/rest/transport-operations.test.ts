// SPDX-License-Identifier: Apache-2.0

import { createRegistry, type MessageInitShape } from "@bufbuild/protobuf";
import { type Client, Code, createClient, createContextValues } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  AsyncBatchAnnotateFilesResponseSchema,
  ImageAnnotator,
  OperationMetadata_State,
  OperationMetadataSchema,
} from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_pb.ts";
import type { HttpRuleSchema } from "../../gen/google/api/http_pb.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { anyTypesKey } from "../../src/any-types.ts";
import { operationRegistry, outcomeOf } from "../../src/index.ts";
import { createRestTransport } from "../../src/rest/transport.ts";
import type { RestTransportOptions } from "../../src/rest/transport-options.ts";
import { type CannedServer, cannedServer, json, text } from "./transport-server.ts";

// As the service config of a real API binds Operations: under projects, locations, or neither.
const rules: MessageInitShape<typeof HttpRuleSchema>[] = [
  {
    selector: "google.longrunning.Operations.GetOperation",
    pattern: { case: "get", value: "/v1/{name=projects/*/operations/*}" },
    additionalBindings: [
      { pattern: { case: "get", value: "/v1/{name=projects/*/locations/*/operations/*}" } },
      { pattern: { case: "get", value: "/v1/{name=operations/*}" } },
    ],
  },
  {
    selector: "google.longrunning.Operations.ListOperations",
    pattern: { case: "get", value: "/v1/{name=projects/*/locations/*}/operations" },
  },
  {
    selector: "google.longrunning.Operations.CancelOperation",
    pattern: { case: "post", value: "/v1/{name=projects/*/locations/*/operations/*}:cancel" },
    body: "*",
  },
  {
    selector: "google.longrunning.Operations.DeleteOperation",
    pattern: { case: "delete", value: "/v1/{name=projects/*/locations/*/operations/*}" },
  },
];

const types = {
  response: AsyncBatchAnnotateFilesResponseSchema,
  metadata: OperationMetadataSchema,
};
const local = "projects/p/locations/eu/operations/7f";
const lost = { code: 404, status: "NOT_FOUND", message: "no such operation" };

let server: CannedServer;

beforeEach(async () => {
  server = await cannedServer();
});

afterEach(() => server[Symbol.asyncDispose]());

function transport(options: Partial<RestTransportOptions> = { rules }) {
  return createRestTransport({
    baseUrl: server.baseUrl,
    registry: operationRegistry(ImageAnnotator),
    ...options,
  });
}

function operations(options?: Partial<RestTransportOptions>): Client<typeof Operations> {
  return createClient(Operations, transport(options));
}

describe("what an operation holds", () => {
  const ended = {
    name: local,
    done: true,
    response: {
      "@type": "type.googleapis.com/google.cloud.vision.v1.AsyncBatchAnnotateFilesResponse",
      responses: [{ outputConfig: { gcsDestination: { uri: "gs://b/texts" } } }],
    },
  };

  test("is read by the types that the caller names, of a service that was never called", async () => {
    server.answer = json(ended);
    const contextValues = createContextValues().set(anyTypesKey, types);
    const untold = operations({ rules, registry: createRegistry() });
    const operation = await untold.getOperation({ name: local }, { contextValues });
    expect(outcomeOf(operation, types)).toMatchObject({
      kind: "succeeded",
      response: { responses: [{ outputConfig: { gcsDestination: { uri: "gs://b/texts" } } }] },
    });
  });

  test("is not read where nobody names a type", async () => {
    server.answer = json(ended);
    const operation = await operations({ rules, registry: createRegistry() }).getOperation({
      name: local,
    });
    expect(operation.result.value).toMatchObject({ value: new Uint8Array() });
  });
});

describe("an API that binds Operations in its own way", () => {
  test("starts an operation, and is asked how it goes", async () => {
    const metadata = {
      "@type": "type.googleapis.com/google.cloud.vision.v1.OperationMetadata",
      state: "RUNNING",
      createTime: "2026-01-02T03:04:05.678901234Z",
    };
    server.answer = json({ name: local, metadata });
    const vision = createClient(ImageAnnotator, transport());
    const started = await vision.asyncBatchAnnotateFiles({ parent: "projects/p/locations/eu" });
    expect(outcomeOf(started, types)).toMatchObject({
      kind: "running",
      metadata: { state: OperationMetadata_State.RUNNING, createTime: { nanos: 678901234 } },
    });

    server.answer = json({
      name: local,
      metadata,
      done: true,
      response: {
        "@type": "type.googleapis.com/google.cloud.vision.v1.AsyncBatchAnnotateFilesResponse",
        responses: [{ outputConfig: { gcsDestination: { uri: "gs://b/" }, batchSize: 2 } }],
      },
    });
    const ended = await operations().getOperation({ name: local });
    expect(outcomeOf(ended, types)).toMatchObject({
      kind: "succeeded",
      response: { responses: [{ outputConfig: { batchSize: 2 } }] },
    });
    expect(server.received).toMatchObject([
      {
        method: "POST",
        url: "/v1/files:asyncBatchAnnotate",
        body: JSON.stringify({ parent: "projects/p/locations/eu" }),
      },
      { method: "GET", url: `/v1/${local}` },
    ]);
  });

  test("takes each name where it belongs", async () => {
    const names = ["projects/p/operations/a", local, "operations/b"];
    for (const name of names) {
      await operations().getOperation({ name });
    }
    await operations().listOperations({
      name: "projects/p/locations/eu",
      pageSize: 2,
      filter: "done",
    });
    await operations().cancelOperation({ name: local });
    await operations().deleteOperation({ name: local });
    const [list, ...rest] = server.received
      .slice(names.length)
      .map(({ method, url }) => [method, url]);
    expect(server.received.slice(0, names.length).map(({ url }) => url)).toEqual(
      names.map((name) => `/v1/${name}`),
    );
    expect(list?.[1]).toMatch(/^\/v1\/projects\/p\/locations\/eu\/operations\?/);
    expect(Object.fromEntries(new URL(list?.[1] ?? "", server.baseUrl).searchParams)).toEqual({
      pageSize: "2",
      filter: "done",
    });
    expect(rest).toEqual([
      ["POST", `/v1/${local}:cancel`],
      ["DELETE", `/v1/${local}`],
    ]);
  });

  test("refuses other names before it is asked", async () => {
    const failed = operations().getOperation({ name: "folders/f/operations/a" });
    await expect(failed).rejects.toMatchObject({ code: Code.InvalidArgument });
    expect(server.received).toEqual([]);
  });

  test("may report what this code has never heard of", async () => {
    const progress = { "@type": "type.googleapis.com/acme.v9.Progress", percent: 30, more: [{}] };
    const status = { code: 9, message: "m", details: [progress] };
    server.answer = json({ name: local, metadata: progress, done: true, error: status });
    const operation = await operations().getOperation({ name: local });
    expect(operation.metadata?.typeUrl).toBe("type.googleapis.com/acme.v9.Progress");
    expect(outcomeOf(operation, types)).toMatchObject({
      kind: "failed",
      error: { code: Code.FailedPrecondition, rawMessage: "m" },
    });
  });

  test("tells that an operation is missing", async () => {
    server.answer = json({ error: lost }, 404);
    const failed = operations().getOperation({ name: local });
    await expect(failed).rejects.toMatchObject({ code: Code.NotFound });
  });
});

describe("WaitOperation, which has no rule of its own", () => {
  const name = "operations/a";

  test("is bound as our server binds it", async () => {
    server.answer = json({ name, done: true });
    const timeout = { seconds: 30n };
    expect(await operations({}).waitOperation({ name, timeout })).toMatchObject({ done: true });
    expect(server.received).toMatchObject([{ method: "POST", url: "/v1/operations/a:wait" }]);
    expect(JSON.parse(server.received[0]?.body ?? "")).toMatchObject({ timeout: "30s" });
  });

  test.each([
    ["404 as text", text("Not Found", { status: 404, "content-type": "text/html" })],
    ["404 as of a route", json({ error: { ...lost, message: "no such path" } }, 404)],
    ["405", text("", { status: 405 })],
    ["501", json({ error: { code: 501, status: "UNIMPLEMENTED", message: "m" } }, 501)],
  ])("is UNIMPLEMENTED if the server has no route for it: %s", async (_, answer) => {
    server.answer = answer;
    const failed = operations({}).waitOperation({ name });
    await expect(failed).rejects.toMatchObject({ code: Code.Unimplemented });
  });

  test("is UNIMPLEMENTED where names differ", async () => {
    const failed = operations().waitOperation({ name: local });
    await expect(failed).rejects.toMatchObject({ code: Code.Unimplemented });
    expect(server.received).toEqual([]);
  });

  test("is UNIMPLEMENTED if it shall not be bound", async () => {
    const failed = operations({ wait: false }).waitOperation({ name });
    await expect(failed).rejects.toMatchObject({ code: Code.Unimplemented });
    expect(server.received).toEqual([]);
  });

  test.each([
    [404, Code.NotFound, "NOT_FOUND"],
    [400, Code.InvalidArgument, "INVALID_ARGUMENT"],
    [503, Code.Unavailable, "UNAVAILABLE"],
  ])("fails as the API says: %i", async (status, code, statusName) => {
    const info = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "R", domain: "d" };
    const error = { code: status, status: statusName, message: "m", details: [info] };
    server.answer = json({ error }, status);
    const failed = operations({}).waitOperation({ name });
    await expect(failed).rejects.toMatchObject({ code, rawMessage: "m" });
  });

  test("is bound by a rule, and then every answer is taken at its word", async () => {
    const wait: MessageInitShape<typeof HttpRuleSchema> = {
      selector: "google.longrunning.Operations.WaitOperation",
      pattern: { case: "post", value: "/v1/{name=projects/*/locations/*/operations/*}:wait" },
      body: "*",
    };
    const bound = operations({ rules: [...rules, wait] });
    await bound.waitOperation({ name: local });
    server.answer = json({ error: lost }, 404);
    const failed = bound.waitOperation({ name: local });
    await expect(failed).rejects.toMatchObject({ code: Code.NotFound });
    await expect(bound.waitOperation({ name })).rejects.toMatchObject({
      code: Code.InvalidArgument,
    });
    expect(server.received.map(({ url }) => url)).toEqual([
      `/v1/${local}:wait`,
      `/v1/${local}:wait`,
    ]);
  });
});
