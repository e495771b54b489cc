// SPDX-License-Identifier: Apache-2.0

import { create, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import { type HttpBody, HttpBodySchema } from "../../gen/google/api/httpbody_pb.ts";

/** Whether a type is `google.api.HttpBody`, whoever generated it: its bytes are sent as they are. */
export function isHttpBody(type: DescMessage | undefined): boolean {
  return type?.typeName === HttpBodySchema.typeName;
}

/** Whether a field holds a single `google.api.HttpBody`. */
export function isHttpBodyField(field: DescField): boolean {
  return field.fieldKind === "message" && isHttpBody(field.message);
}

/** The message as what it is; `isHttpBody` has said so. */
export function asHttpBody(message: Message): HttpBody {
  return message as HttpBody;
}

export function createHttpBody(contentType: string | null, data: Uint8Array): HttpBody {
  return create(HttpBodySchema, { contentType: contentType ?? "", data });
}
