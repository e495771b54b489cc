// SPDX-License-Identifier: Apache-2.0

import { anyUnpack, durationFromMs } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { createOperationClient } from "longrunning/client";
import { Operations as OperationsApi } from "longrunning/google/longrunning/operations_pb.js";
import { ImageAnnotatorOperations } from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_longrunning.ts";
import {
  type AsyncBatchAnnotateFilesResponse,
  AsyncBatchAnnotateFilesResponseSchema,
} from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_pb.ts";
import { type CallOnce, requests } from "./call-once.ts";

/** How a server is called by way of Connect. */
export interface ConnectCaller {
  readonly protocol: "grpc" | "connect";
  /** By this package, or by a call of WaitOperation that somebody wrote out. */
  readonly by: "handles" | "hand";
}

export function connectCaller(baseUrl: string, { protocol, by }: ConnectCaller): CallOnce {
  const transport =
    protocol === "grpc"
      ? createGrpcTransport({ baseUrl })
      : createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true });
  return by === "handles" ? byHandles(transport) : byHand(transport);
}

function byHandles(transport: Transport): CallOnce {
  const client = createOperationClient(ImageAnnotatorOperations, transport);
  return async () => {
    const operation = await client.asyncBatchAnnotateFiles({ requests });
    return endOf(await operation.result());
  };
}

function byHand(transport: Transport): CallOnce {
  const annotator = createClient(ImageAnnotatorOperations, transport);
  const operations = createClient(OperationsApi, transport);
  return async () => {
    const { name } = await annotator.asyncBatchAnnotateFiles({ requests });
    const { result } = await operations.waitOperation({ name, timeout: durationFromMs(30_000) });
    return result.case === "response"
      ? endOf(anyUnpack(result.value, AsyncBatchAnnotateFilesResponseSchema))
      : undefined;
  };
}

function endOf(response: AsyncBatchAnnotateFilesResponse | undefined): string | undefined {
  return response?.responses[0]?.outputConfig?.gcsDestination?.uri;
}
