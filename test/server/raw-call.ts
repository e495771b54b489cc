// SPDX-License-Identifier: Apache-2.0

import { create, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import { createConnectRouter } from "@connectrpc/connect";
import { Operations as OperationsApi } from "../../gen/google/longrunning/operations_pb.ts";
import { operationRegistry } from "../../src/index.ts";
import type { Operations } from "../../src/server/index.ts";

/** How requests and answers are written. */
export type Wire = "connect+proto" | "connect+json" | "grpc";

type MethodName = keyof typeof OperationsApi.method;

export type RequestOf<Name extends MethodName> = MessageInitShape<
  (typeof OperationsApi.method)[Name]["input"]
>;

/** All that a caller is sent. */
export interface RawAnswer {
  readonly status: number;
  readonly header: readonly (readonly [string, string])[];
  readonly body: string;
  readonly trailer: readonly (readonly [string, string])[];
}

export type RawCaller = <Name extends MethodName>(
  method: Name,
  request: RequestOf<Name>,
  options: { readonly wire: Wire; readonly caller: string },
) => Promise<RawAnswer>;

const jsonOptions = { registry: operationRegistry() };

/** Calls the five methods below any client, and gives their answers byte by byte. */
export function rawCaller(operations: Operations): RawCaller {
  const router = createConnectRouter({ jsonOptions });
  operations.routes(router);
  return async (method, init, { wire, caller }) => {
    const { input, name } = OperationsApi.method[method];
    const path = `/${OperationsApi.typeName}/${name}`;
    const handler = router.handlers.find(({ requestPath }) => requestPath === path);
    if (handler === undefined) {
      throw new Error(`${path} is not served`);
    }
    const request = create(input, init);
    const bytes =
      wire === "connect+json"
        ? new TextEncoder().encode(toJsonString(input, request, jsonOptions))
        : toBinary(input, request);
    const answer = await handler({
      httpVersion: "2",
      method: "POST",
      url: `https://test.example${path}`,
      header: new Headers({ "content-type": contentTypes[wire], "x-caller": caller }),
      body: once(wire === "grpc" ? enveloped(bytes) : bytes),
      signal: new AbortController().signal,
    });
    const body: Uint8Array[] = [];
    for await (const chunk of answer.body instanceof Uint8Array
      ? [answer.body]
      : (answer.body ?? [])) {
      body.push(chunk);
    }
    return {
      status: answer.status,
      header: [...new Headers(answer.header)],
      body: Buffer.concat(body).toString("latin1"),
      trailer: [...new Headers(answer.trailer)],
    };
  };
}

const contentTypes: Readonly<Record<Wire, string>> = {
  "connect+proto": "application/proto",
  "connect+json": "application/json",
  grpc: "application/grpc+proto",
};

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function enveloped(bytes: Uint8Array): Uint8Array {
  const prefix = new Uint8Array(5);
  new DataView(prefix.buffer).setUint32(1, bytes.length);
  return Uint8Array.of(...prefix, ...bytes);
}
