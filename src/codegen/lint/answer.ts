// SPDX-License-Identifier: Apache-2.0

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import type { Codec } from "./codec.ts";
import { Code, RequestSchema, ResponseSchema } from "./gen/pluginrpc/v1/pluginrpc_pb.ts";
import { InvalidRequest, type Procedure } from "./procedure.ts";

/** Calls a procedure with a `pluginrpc.v1.Request`, and answers with a `pluginrpc.v1.Response`. */
export async function answer(
  procedure: Procedure,
  codec: Codec,
  input: Uint8Array,
): Promise<Uint8Array> {
  const response = await respond(procedure, codec, input);
  return codec.encode(ResponseSchema, create(ResponseSchema, response));
}

async function respond(
  procedure: Procedure,
  codec: Codec,
  input: Uint8Array,
): Promise<MessageInitShape<typeof ResponseSchema>> {
  try {
    return { value: await procedure.call(readRequest(codec, input)) };
  } catch (error) {
    const code = error instanceof InvalidRequest ? Code.INVALID_ARGUMENT : Code.INTERNAL;
    return { error: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}

function readRequest(codec: Codec, input: Uint8Array): Any | undefined {
  if (input.length === 0) {
    return undefined;
  }
  try {
    return codec.decode(RequestSchema, input).value;
  } catch (cause) {
    throw new InvalidRequest("stdin must hold a pluginrpc.v1.Request", { cause });
  }
}
