// SPDX-License-Identifier: Apache-2.0

// Finds the text in a PDF file that lies in Cloud Storage, by way of Google's Vision API:
//
//   gcloud auth application-default login
//   export GOOGLE_ACCESS_TOKEN=$(gcloud auth application-default print-access-token)
//   export GOOGLE_CLOUD_PROJECT=my-project
//   node dist/examples/google-vision-client/client.js gs://bucket/file.pdf gs://bucket/texts/
//
// VISION_URL says where the API is: https://eu-vision.googleapis.com keeps the data in Europe.
// VISION_PROTOCOL=rest calls it over REST, where there is no way for gRPC.

import { toJsonString } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { OperationError } from "longrunning";
import { createOperationClient } from "longrunning/client";
import { BadRequestSchema } from "longrunning/google/rpc/error_details_pb.js";
import { ImageAnnotatorOperations } from "./gen/google/cloud/vision/v1/image_annotator_longrunning.ts";
import {
  AsyncBatchAnnotateFilesResponseSchema,
  Feature_Type,
  OperationMetadataSchema,
} from "./gen/google/cloud/vision/v1/image_annotator_pb.ts";
import { visionGrpcTransport, visionRestTransport } from "./vision-transport.ts";

const {
  VISION_URL = "https://vision.googleapis.com",
  VISION_PROTOCOL = "grpc",
  GOOGLE_ACCESS_TOKEN: accessToken,
  GOOGLE_CLOUD_PROJECT: project,
} = process.env;
const [source, destination] = process.argv.slice(2);

if (source === undefined || destination === undefined) {
  console.error("Expected two URIs: gs://bucket/file.pdf gs://bucket/texts/");
  process.exitCode = 2;
} else {
  try {
    await annotate(source, destination);
  } catch (error) {
    tell(error instanceof OperationError ? error : ConnectError.from(error));
    process.exitCode = 1;
  }
}

/** Annotates the file, and writes the response to stdout, as JSON. */
async function annotate(source: string, destination: string): Promise<void> {
  const credentials = accessToken ? { accessToken, project } : undefined;
  const open = VISION_PROTOCOL === "rest" ? visionRestTransport : visionGrpcTransport;
  const annotator = createOperationClient(ImageAnnotatorOperations, open(VISION_URL, credentials));

  const operation = await annotator.asyncBatchAnnotateFiles({
    requests: [
      {
        inputConfig: { gcsSource: { uri: source }, mimeType: "application/pdf" },
        features: [{ type: Feature_Type.DOCUMENT_TEXT_DETECTION }],
        outputConfig: { gcsDestination: { uri: destination }, batchSize: 20 },
      },
    ],
  });
  console.error(operation.name);
  for await (const metadata of operation.progress()) {
    console.error(toJsonString(OperationMetadataSchema, metadata));
  }
  const response = await operation.result();
  console.log(toJsonString(AsyncBatchAnnotateFilesResponseSchema, response));
}

/** Tells of an operation that failed, or of a call that did. */
function tell(error: OperationError | ConnectError): void {
  console.error(`error: ${error.message}`);
  for (const { fieldViolations } of error.findDetails(BadRequestSchema)) {
    for (const { field, description } of fieldViolations) {
      console.error(`  ${field}: ${description}`);
    }
  }
}
