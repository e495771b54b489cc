// SPDX-License-Identifier: Apache-2.0

import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { operationRegistry } from "longrunning";
import { createRestTransport } from "longrunning/rest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";

const registry = operationRegistry(ChecksumServiceOperations);

/** What a page can speak. */
export const protocols: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  "Connect, JSON": (baseUrl) => createConnectTransport({ baseUrl, jsonOptions: { registry } }),
  "Connect, binary": (baseUrl) => createConnectTransport({ baseUrl, useBinaryFormat: true }),
  "gRPC-Web": (baseUrl) => createGrpcWebTransport({ baseUrl }),
  REST: (baseUrl) => createRestTransport({ baseUrl }),
};
