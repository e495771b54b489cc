// SPDX-License-Identifier: Apache-2.0

// Finds the text in a PDF file that lies in Cloud Storage, by way of Google's Vision API:
//
//   gcloud auth application-default login
//   export GOOGLE_ACCESS_TOKEN=$(gcloud auth application-default print-access-token)
//   export GOOGLE_CLOUD_PROJECT=my-project
//   node dist/examples/google-vision-client/client.js gs://bucket/file.pdf gs://bucket/texts/
//
// VISION_URL says where the API is: https://eu-vision.googleapis.com keeps the data in Europe.

import { setTimeout as sleep } from "node:timers/promises";
import { toJsonString } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import type { OperationError } from "longrunning";
import { BadRequestSchema } from "longrunning/google/rpc/error_details_pb.js";
import { annotateFiles } from "./annotate.ts";
import {
  AsyncBatchAnnotateFilesResponseSchema,
  Feature_Type,
  OperationMetadataSchema,
} from "./gen/google/cloud/vision/v1/image_annotator_pb.ts";
import { visionTransport } from "./vision-transport.ts";

const {
  VISION_URL = "https://vision.googleapis.com",
  GOOGLE_ACCESS_TOKEN: accessToken,
  GOOGLE_CLOUD_PROJECT: project,
} = process.env;
const [source, destination] = process.argv.slice(2);

if (source === undefined || destination === undefined) {
  console.error("Expected two URIs: gs://bucket/file.pdf gs://bucket/texts/");
  process.exitCode = 2;
} else {
  process.exitCode = await run(source, destination).catch((error: unknown) =>
    fail(ConnectError.from(error)),
  );
}

/** Annotates the file and writes the response to stdout, as JSON. The exit code. */
async function run(source: string, destination: string): Promise<number> {
  const credentials = accessToken ? { accessToken, project } : undefined;
  const outcome = await annotateFiles(
    visionTransport(VISION_URL, credentials),
    {
      requests: [
        {
          inputConfig: { gcsSource: { uri: source }, mimeType: "application/pdf" },
          features: [{ type: Feature_Type.DOCUMENT_TEXT_DETECTION }],
          outputConfig: { gcsDestination: { uri: destination }, batchSize: 20 },
        },
      ],
    },
    {
      sleep,
      onProgress(name, metadata) {
        console.error(name, metadata ? toJsonString(OperationMetadataSchema, metadata) : "");
      },
    },
  );
  switch (outcome.kind) {
    case "succeeded":
      console.log(toJsonString(AsyncBatchAnnotateFilesResponseSchema, outcome.response));
      return 0;
    case "failed":
    case "cancelled":
      return fail(outcome.error);
    default:
      console.error(`${outcome.name} ended without a result`);
      return 1;
  }
}

/** Tells of an operation that failed, or of a call that did. The exit code. */
function fail(error: OperationError | ConnectError): number {
  console.error(`error: ${error.message}`);
  for (const { fieldViolations } of error.findDetails(BadRequestSchema)) {
    for (const { field, description } of fieldViolations) {
      console.error(`  ${field}: ${description}`);
    }
  }
  return 1;
}
