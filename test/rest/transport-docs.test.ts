// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { ImageAnnotator } from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_pb.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { operationRegistry, outcomeOf } from "../../src/index.ts";
import { createRestTransport } from "../../src/rest/index.ts";
import { operationsServer } from "../node/operations-server.ts";
import { cannedServer, json } from "./transport-server.ts";

test("a client calls our server", async () => {
  await using server = await operationsServer();
  const { baseUrl } = server;

  const transport = createRestTransport({ baseUrl });
  const checksum = createClient(ChecksumServiceOperations, transport);
  const operations = createClient(Operations, transport);

  const started = await checksum.checksumTree({ root: "." });
  const ended = await operations.waitOperation({ name: started.name }, { timeoutMs: 30_000 });

  expect(outcomeOf(ended, ChecksumServiceOperations.operations.checksumTree)).toMatchObject({
    kind: "succeeded",
  });
});

test("a client calls an API that binds Operations elsewhere", async () => {
  const name = "projects/p/locations/eu/operations/7f";
  await using server = await cannedServer(json({ name }));
  const { baseUrl } = server;
  const token = "t";

  const transport = createRestTransport({
    baseUrl, // "https://vision.googleapis.com"
    registry: operationRegistry(ImageAnnotator),
    rules: [
      {
        selector: "google.longrunning.Operations.GetOperation",
        pattern: { case: "get", value: "/v1/{name=projects/*/locations/*/operations/*}" },
        additionalBindings: [{ pattern: { case: "get", value: "/v1/{name=operations/*}" } }],
      },
    ],
    interceptors: [
      (next) => (request) => {
        request.header.set("authorization", `Bearer ${token}`);
        return next(request);
      },
    ],
  });

  const operations = createClient(Operations, transport);
  await operations.getOperation({ name });
  expect(server.received).toMatchObject([
    { url: `/v1/${name}`, headers: { authorization: "Bearer t" } },
  ]);
});

test("a client is told why", async () => {
  await using server = await operationsServer();
  const transport = createRestTransport({ baseUrl: server.baseUrl });
  const operations = createClient(Operations, transport);
  const reasons: string[] = [];

  try {
    await operations.getOperation({ name: "operations/none" });
  } catch (cause) {
    const error = ConnectError.from(cause);
    if (error.code === Code.NotFound) {
      reasons.push(...error.findDetails(ErrorInfoSchema).map(({ reason }) => reason));
    }
  }

  expect(reasons).toEqual(["OPERATION_NOT_FOUND"]);
});
