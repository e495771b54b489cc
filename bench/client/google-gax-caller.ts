// SPDX-License-Identifier: Apache-2.0

import vision from "@google-cloud/vision";
import { grpc } from "google-gax";
import { type CallOnce, requests } from "./call-once.ts";

/** Google's own client over gRPC: google-gax polls with the delays that it has by default. */
export function googleGaxCaller(port: number): CallOnce {
  // Otherwise its library for authentication looks for Google's machines.
  process.env.METADATA_SERVER_DETECTION = "none";
  const client = new vision.v1.ImageAnnotatorClient({
    apiEndpoint: "127.0.0.1",
    servicePath: "127.0.0.1",
    port,
    sslCreds: grpc.credentials.createInsecure(),
  });
  return async () => {
    const [operation] = await client.asyncBatchAnnotateFiles({ requests });
    const [response] = await operation.promise();
    return response.responses?.[0]?.outputConfig?.gcsDestination?.uri ?? undefined;
  };
}
