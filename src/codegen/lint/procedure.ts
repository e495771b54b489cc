// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { packAny, readAny } from "../../any.ts";

/** A method, ready to be called. */
export interface Procedure {
  /** `/full.name.of.Service/Method`. */
  readonly path: string;
  /** @throws InvalidRequest and whatever the method throws. */
  call(request: Any | undefined): Promise<Any>;
}

/** The caller is at fault, in words for the caller. */
export class InvalidRequest extends Error {
  override readonly name = "InvalidRequest";
}

/** Joins a method and what it does. */
export function procedure<Input extends DescMessage, Output extends DescMessage>(
  method: DescMethodUnary<Input, Output>,
  handle: (
    request: MessageShape<Input>,
  ) => MessageInitShape<Output> | Promise<MessageInitShape<Output>>,
): Procedure {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    call: async (request) => packAny(method.output, await handle(unpack(request, method.input))),
  };
}

function unpack<Input extends DescMessage>(
  any: Any | undefined,
  schema: Input,
): MessageShape<Input> {
  const reading = readAny(any, schema);
  switch (reading.kind) {
    case "message":
      return reading.message;
    case "empty":
      return create(schema);
    default:
      throw new InvalidRequest(`the request must be a ${schema.typeName}`);
  }
}
