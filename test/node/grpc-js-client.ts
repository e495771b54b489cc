// SPDX-License-Identifier: Apache-2.0

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

// The published protos, and a client that knows nothing of ours.
const protos = dirname(fileURLToPath(import.meta.resolve("google-proto-files/package.json")));
const definition = loadSync(join(protos, "google/longrunning/operations.proto"), {
  includeDirs: [protos],
  defaults: true,
})["google.longrunning.Operations"] as grpc.ServiceDefinition;
const OperationsClient = grpc.makeGenericClientConstructor(definition, "Operations");

/** A `google.protobuf.Any` as grpc-js reads it. */
export interface GrpcAny {
  readonly type_url: string;
  readonly value: Buffer;
}

/** An Operation as grpc-js reads it. */
export interface GrpcOperation {
  readonly name: string;
  readonly done: boolean;
  readonly metadata: GrpcAny | null;
  readonly response?: GrpcAny | null;
  readonly error?: { code: number; message: string; details: GrpcAny[] } | null;
}

/** A client of `google.longrunning.Operations` with every option as it comes. */
export interface GrpcJsClient extends Disposable {
  call<Answer>(method: string, request: object): Promise<Answer>;
}

export function grpcJsClient(port: number): GrpcJsClient {
  const client = new OperationsClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  return {
    call: <Answer>(method: string, request: object) =>
      new Promise<Answer>((resolve, reject) => {
        const { path, requestSerialize, responseDeserialize } = definition[
          method
        ] as grpc.MethodDefinition<object, Answer>;
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          { deadline: Date.now() + 10_000 },
          (error, answer) => (error ? reject(error) : resolve(answer as Answer)),
        );
      }),
    [Symbol.dispose]: () => client.close(),
  };
}
