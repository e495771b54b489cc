// SPDX-License-Identifier: Apache-2.0

import { createRequire } from "node:module";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import vision from "@google-cloud/vision";
import { fallback, GoogleAuth, type LROperation, operationsProtos } from "google-gax";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ImageAnnotatorOperations } from "../../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_longrunning.ts";
import { OperationMetadata_State as State } from "../../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_pb.ts";
import { HttpSchema } from "../../../gen/google/api/http_pb.ts";
import { Operations as OperationsApi } from "../../../gen/google/longrunning/operations_pb.ts";
import { nodeAdapter } from "../../../src/node/index.ts";
import { createOperations, memoryStore, type Operations } from "../../../src/server/index.ts";
import { type Served, served } from "../served.ts";

const selector = "google.longrunning.Operations.GetOperation";

/** As the config of Google's Vision API has them. */
const visionRules: JsonValue = {
  rules: [
    {
      selector,
      get: "/v1/{name=projects/*/operations/*}",
      additional_bindings: [
        { get: "/v1/{name=projects/*/locations/*/operations/*}" },
        { get: "/v1/{name=operations/*}" },
        { get: "/v1/{name=locations/*/operations/*}" },
      ],
    },
  ],
};

/** As the protos that come with google-gax have it. */
const gaxRules: JsonValue = { rules: [{ selector, get: "/v1/operations/{name}" }] };

function request<T>(type: { fromObject(object: object): T }, object: object): T {
  return type.fromObject(object);
}

const visionProtos: object = createRequire(import.meta.url)(
  "@google-cloud/vision/build/protos/protos.json",
);
const types = operationsProtos.google.longrunning;

let operations: Operations;
let visionServer: Served;
let plainServer: Served;
const began = new EventTarget();

/** Annotates at once, fails for what is no PDF file, and for `slow.pdf` takes until it is cancelled. */
function annotate(operations: Operations): (router: ConnectRouter) => void {
  const annotator = operations.implement(ImageAnnotatorOperations, {
    async asyncBatchAnnotateFiles({ requests }, { report, signal }) {
      await report({ state: State.RUNNING });
      const uri = requests[0]?.inputConfig?.gcsSource?.uri ?? "";
      if (uri.endsWith("slow.pdf")) {
        began.dispatchEvent(new Event("slow"));
        await new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      }
      if (!uri.endsWith(".pdf")) {
        // Without details: of types that it does not know, this client cannot read the operation.
        throw new ConnectError("Bad image data.", Code.InvalidArgument);
      }
      await report({ state: State.DONE });
      return {
        responses: [{ outputConfig: { gcsDestination: { uri: "gs://out/" }, batchSize: 7 } }],
      };
    },
  });
  return (router) => {
    operations.routes(router);
    router.service(ImageAnnotatorOperations, annotator);
  };
}

let detection: string | undefined;

beforeAll(async () => {
  // Otherwise its library for authentication looks for Google's machines.
  detection = process.env.METADATA_SERVER_DETECTION;
  process.env.METADATA_SERVER_DETECTION = "none";
  operations = createOperations({ store: memoryStore() });
  const routes = annotate(operations);
  const serve = (rules: JsonValue) =>
    served(nodeAdapter({ routes, rest: { rules: fromJson(HttpSchema, rules).rules } }));
  visionServer = await serve(visionRules);
  plainServer = await serve({});
  operations.work();
});

afterAll(async () => {
  await visionServer[Symbol.asyncDispose]();
  await plainServer[Symbol.asyncDispose]();
  await operations.close({ drainMs: 0 });
  if (detection === undefined) {
    delete process.env.METADATA_SERVER_DETECTION;
  } else {
    process.env.METADATA_SERVER_DETECTION = detection;
  }
});

const clientOptions = ({ port }: Served) => ({
  fallback: true,
  apiEndpoint: "127.0.0.1",
  servicePath: "127.0.0.1",
  port,
  protocol: "http",
  auth: new GoogleAuth({ apiKey: "none" }),
});

const file = (uri: string) => ({
  requests: [
    {
      inputConfig: { gcsSource: { uri }, mimeType: "application/pdf" },
      features: [{ type: "DOCUMENT_TEXT_DETECTION" as const }],
      outputConfig: { gcsDestination: { uri: "gs://out/" }, batchSize: 7 },
    },
  ],
});

describe("@google-cloud/vision over REST", () => {
  async function start(uri: string): Promise<LROperation<object, object>> {
    const client = new vision.v1.ImageAnnotatorClient(clientOptions(visionServer));
    const [operation] = await client.asyncBatchAnnotateFiles(file(uri));
    return operation as LROperation<object, object>;
  }

  test("an operation completes", async () => {
    const operation = await start("gs://in/a.pdf");
    const [response, metadata] = await operation.promise();
    expect(response).toMatchObject({
      responses: [{ outputConfig: { gcsDestination: { uri: "gs://out/" }, batchSize: 7 } }],
    });
    expect(metadata).toMatchObject({ state: State.DONE });
  });

  test("an operation fails", async () => {
    const operation = await start("gs://in/a.png");
    await expect(operation.promise()).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: "Bad image data.",
    });
  });

  test("an operation is cancelled", async () => {
    const begun = new Promise((resolve) => began.addEventListener("slow", resolve, { once: true }));
    const operation = await start("gs://in/slow.pdf");
    await begun;
    const ended = expect(operation.promise()).rejects.toMatchObject({ code: Code.Canceled });
    await operation.cancel();
    await ended;
    const answer = await fetch(`${visionServer.baseUrl}/v1/${operation.name}`);
    expect(await answer.json()).toMatchObject({ done: true, error: { code: Code.Canceled } });
  });
});

test("the OperationsClient of google-gax reads, lists, cancels and deletes", async () => {
  const options = clientOptions(plainServer);
  const annotator = new vision.v1.ImageAnnotatorClient(options);
  // Without these it knows no type but its own, and could not read metadata.
  const protoJson = fallback.GrpcClient.protobufFromJSON(visionProtos);
  const client = fallback.lro({ ...options, protoJson }).operationsClient(options);

  const begun = new Promise((resolve) => began.addEventListener("slow", resolve, { once: true }));
  const [{ name = "" }] = await annotator.asyncBatchAnnotateFiles(file("gs://in/slow.pdf"));
  expect(name).toMatch(/^operations\//);
  await begun;
  const get = request(types.GetOperationRequest, { name });
  const [operation] = await client.getOperationInternal(get);
  expect(operation).toMatchObject({ name, done: false });
  const list = { name: "operations", filter: `name = "${name}"` };
  // What it answers with is not what its types say.
  const listed: unknown = await client.listOperations(request(types.ListOperationsRequest, list));
  expect(Array.isArray(listed) && listed[0]).toMatchObject([{ name }]);
  await client.cancelOperation(request(types.CancelOperationRequest, { name }));
  await client.deleteOperation(request(types.DeleteOperationRequest, { name }));
  await expect(client.getOperationInternal(get)).rejects.toThrow("OPERATION_NOT_FOUND");
});

test("its own rule, which encodes the slash of a name, can be served", async () => {
  await using server = await served(
    nodeAdapter({
      routes: (router) => router.service(OperationsApi, { getOperation: ({ name }) => ({ name }) }),
      rest: { rules: fromJson(HttpSchema, gaxRules).rules },
    }),
  );
  const options = clientOptions(server);
  const client = fallback.lro(options).operationsClient(options);
  const get = request(types.GetOperationRequest, { name: "operations/a" });
  const [operation] = await client.getOperationInternal(get);
  expect(operation).toMatchObject({ name: "operations/a" });
});
