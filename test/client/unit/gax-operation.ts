// SPDX-License-Identifier: Apache-2.0

import { type DescMessage, fromBinary } from "@bufbuild/protobuf";
import {
  createBackoffSettings,
  fallback,
  GoogleAuth,
  grpc,
  LongrunningDescriptor,
  lro,
  type Operation,
  operation,
  operationsProtos,
} from "google-gax";
import { name, types } from "./checksum-states.ts";

interface GaxOptions {
  readonly port: number;
  /** Over gRPC, unless it is to be REST. */
  readonly rest?: boolean;
}

/** A client of Google's, as theirs follow the operation: polling as often as it may. */
export interface GaxClient {
  operation(): Operation;
  close(): void;
}

export function gaxClient({ port, rest = false }: GaxOptions): GaxClient {
  // Otherwise its library for authentication looks for Google's machines.
  const auth = new GoogleAuth({ apiKey: "none" });
  const address = { servicePath: "127.0.0.1", apiEndpoint: "127.0.0.1", port };
  const operations = rest
    ? fallback
        .lro({ auth })
        .operationsClient({ ...address, protocol: "http", fallback: true, auth })
    : lro({ auth }).operationsClient({
        ...address,
        sslCreds: grpc.credentials.createInsecure(),
      });
  const descriptor = new LongrunningDescriptor(
    operations,
    decoder(types.response),
    decoder(types.metadata),
  );
  const backoff = createBackoffSettings(5, 1, 5, null, null, null, 60_000);
  const { Operation } = operationsProtos.google.longrunning;
  return {
    operation: () => operation(Operation.fromObject({ name, done: false }), descriptor, backoff),
    close: () => operations.close(),
  };
}

type Decoder = ConstructorParameters<typeof LongrunningDescriptor>[1];

/** In place of one that was generated with protobuf.js, whose messages have methods nobody here calls. */
function decoder(schema: DescMessage): Decoder {
  return ((bytes: Uint8Array) => fromBinary(schema, bytes)) as unknown as Decoder;
}
