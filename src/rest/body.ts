// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  type Registry,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import {
  BytesValueSchema,
  FieldMaskSchema,
  StringValueSchema,
  ValueSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Binding } from "./binding.ts";
import { withHttpStatus } from "./error.ts";
import { createHttpBody, isHttpBody, isHttpBodyField } from "./http-body.ts";
import { camelMasks } from "./mask-json.ts";
import { isJson } from "./media-type.ts";
import { requestProblem } from "./request-problem.ts";

interface RequestBody {
  readonly contentType: string | null;
  readonly body: Uint8Array;
}

/**
 * The message that the body of a request makes.
 *
 * @throws ConnectError INVALID_ARGUMENT, with HTTP status 415 if the body is not in JSON.
 */
export function decodeBody(
  { method: { input }, body }: Binding,
  request: RequestBody,
  registry: Registry | undefined,
): Message {
  switch (body.kind) {
    case "none":
      refuseContent(request);
      return create(input);
    case "whole":
      return isHttpBody(input)
        ? createHttpBody(request.contentType, request.body)
        : readMessage(input, readJson(request, isJsonString(input)), registry);
    case "field":
      return isHttpBodyField(body.field)
        ? withHttpBody(input, body.field, request)
        : readField(input, { field: body.field, request, registry });
  }
}

function readField(
  input: DescMessage,
  part: {
    readonly field: DescField;
    readonly request: RequestBody;
    readonly registry: Registry | undefined;
  },
): Message {
  const { field, request, registry } = part;
  const json = readJson(request, isStringField(field));
  return json === undefined
    ? create(input)
    : readMessage(input, { [field.jsonName]: json }, registry);
}

function withHttpBody(input: DescMessage, field: DescField, request: RequestBody): Message {
  const message = reflect(input);
  if (field.message !== undefined && (request.contentType || request.body.length > 0)) {
    message.set(field, reflect(field.message, createHttpBody(request.contentType, request.body)));
  }
  return message.message;
}

// Some clients send an empty object along, whatever the rule says.
function refuseContent({ body }: RequestBody): void {
  if (body.length > 0 && !/^\s*(?:\{\s*\}|"")?\s*$/.test(decodeText(body))) {
    throw requestProblem("body", "this method takes none");
  }
}

/**
 * Undefined: there is none. Google's clients send two quotes then, unless a string is what the body
 * should be.
 */
function readJson({ contentType, body }: RequestBody, mayBeString: boolean): JsonValue | undefined {
  if (body.length === 0) {
    return undefined;
  }
  if (contentType && !isJson(contentType)) {
    throw withHttpStatus(
      new ConnectError(
        `the content type ${JSON.stringify(contentType.slice(0, 100))} is not application/json`,
        Code.InvalidArgument,
      ),
      415,
    );
  }
  const text = decodeText(body);
  if (text.trim() === "") {
    return undefined;
  }
  let json: JsonValue;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw requestProblem("body", cause);
  }
  return json === "" && !mayBeString ? undefined : json;
}

function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw requestProblem("body", "is not UTF-8");
  }
}

function readMessage(
  type: DescMessage,
  json: JsonValue | undefined,
  registry: Registry | undefined,
): Message {
  if (json === undefined) {
    return create(type);
  }
  try {
    return fromJson(type, camelMasks(type, json), { registry });
  } catch (cause) {
    throw requestProblem("body", cause);
  }
}

const jsonStrings: ReadonlySet<string> = new Set([
  BytesValueSchema.typeName,
  FieldMaskSchema.typeName,
  StringValueSchema.typeName,
  ValueSchema.typeName,
]);

function isJsonString(type: DescMessage): boolean {
  return jsonStrings.has(type.typeName);
}

function isStringField(field: DescField): boolean {
  return (
    field.fieldKind === "scalar" || (field.fieldKind === "message" && isJsonString(field.message))
  );
}
