// SPDX-License-Identifier: Apache-2.0

import { Agent } from "node:http";
import type { Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { operationRegistry } from "longrunning";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";

/** A way to call a server. */
export interface Protocol {
  readonly name: string;
  readonly httpVersion: "1.1" | "2";
  /** A transport whose connections stay open. */
  transport(baseUrl: string): Transport;
}

const http1 = () =>
  ({ httpVersion: "1.1", nodeOptions: { agent: new Agent({ keepAlive: true }) } }) as const;

/** Connect in its two encodings, gRPC over cleartext HTTP/2, and gRPC-Web. */
export const protocols: readonly Protocol[] = [
  {
    name: "connect-proto",
    httpVersion: "1.1",
    transport: (baseUrl) => createConnectTransport({ baseUrl, useBinaryFormat: true, ...http1() }),
  },
  {
    name: "connect-json",
    httpVersion: "1.1",
    transport: (baseUrl) =>
      createConnectTransport({
        baseUrl,
        jsonOptions: { registry: operationRegistry(ChecksumServiceOperations) },
        ...http1(),
      }),
  },
  {
    name: "grpc",
    httpVersion: "2",
    transport: (baseUrl) => createGrpcTransport({ baseUrl }),
  },
  {
    name: "grpc-web",
    httpVersion: "1.1",
    transport: (baseUrl) => createGrpcWebTransport({ baseUrl, ...http1() }),
  },
];
