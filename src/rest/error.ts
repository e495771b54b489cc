// SPDX-License-Identifier: Apache-2.0

import {
  create,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Registry,
  toJson,
} from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { packAny } from "../any.ts";
import { plainFormat } from "./answer-format.ts";
import {
  type EncodedResponse,
  type EncodeResponseOptions,
  jsonType,
  toBytes,
  writeJson,
} from "./encode-response.ts";
import { isJsonObject } from "./json-object.ts";
import { registryWith } from "./registry-with.ts";
import { codeOfHttp, codeOfName, codeOfNumber, statusOf } from "./status.ts";

type Detail = ConnectError["details"][number];

const httpStatuses = new WeakMap<ConnectError, number>();

/** Has an error answered with an HTTP status that no code has: 405, 406, 413 or 415. */
export function withHttpStatus(error: ConnectError, status: number): ConnectError {
  httpStatuses.set(error, status);
  return error;
}

/**
 * The answer that an error is: `{"error": {"code", "message", "status", "details"}}`.
 *
 * @see AIP-193
 */
export function encodeError(
  error: ConnectError,
  options: EncodeResponseOptions,
): EncodedResponse & { readonly status: number } {
  return {
    status: httpStatusOf(error),
    contentType: jsonType,
    body: toBytes(writeJson(errorToJson(error, options), options.format ?? plainFormat)),
  };
}

function httpStatusOf(error: ConnectError): number {
  return httpStatuses.get(error) ?? statusOf(error.code).http;
}

/** The same, without the answer around it. A detail that JSON cannot express is left out. */
export function errorToJson(error: ConnectError, options: EncodeResponseOptions): JsonObject {
  const details = error.details.flatMap((detail) => detailToJson(detail, options));
  return {
    error: {
      code: httpStatusOf(error),
      message: error.rawMessage,
      status: statusOf(error.code).name,
      ...(details.length > 0 ? { details } : {}),
    },
  };
}

function detailToJson(detail: Detail, options: EncodeResponseOptions): JsonValue[] {
  const { registry, format = plainFormat, onOmit } = options;
  const typeName = "desc" in detail ? detail.desc.typeName : detail.type;
  const typeUrl = `type.googleapis.com/${typeName}`;
  try {
    const any =
      "desc" in detail
        ? packAny(detail.desc, detail.value)
        : create(AnySchema, { typeUrl, value: detail.value });
    // Whoever made a detail knows its type, registered or not.
    const known =
      "desc" in detail
        ? registryWith(registry, (name) => (name === typeName ? detail.desc : undefined))
        : registry;
    return [toJson(AnySchema, any, { registry: known, enumAsInteger: format.enumAsInteger })];
  } catch (cause) {
    onOmit?.({ typeUrl, cause });
    return [];
  }
}

export interface ErrorResponse {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: Uint8Array;
  /** They become the metadata of the error. */
  readonly headers?: Headers;
}

/**
 * Reads an answer whose status is no success; it never throws. Besides the form that AIP-193 asks for
 * it knows that of grpc-gateway, a bare `google.rpc.Status`, and arrays around either. Where the body
 * tells nothing, the HTTP status does.
 */
export function decodeError(
  response: ErrorResponse,
  options: { readonly registry: Registry },
): ConnectError {
  const { status, contentType, body, headers } = response;
  const text = new TextDecoder().decode(body);
  const json = parse(text);
  return errorFromJson(json, {
    ...options,
    status,
    headers,
    // A page in HTML tells people something, but not in an error message.
    text: json === undefined && /^text\/plain\b/i.test(contentType ?? "") ? text : "",
  });
}

/** The error that a JSON value tells of, if it tells of one; never throws. */
export function errorFromJson(
  json: JsonValue | undefined,
  options: {
    readonly registry: Registry;
    readonly status?: number;
    readonly headers?: Headers | undefined;
    readonly text?: string;
  },
): ConnectError {
  const { registry, status = 0, headers, text = "" } = options;
  const first = Array.isArray(json) ? json[0] : json;
  const outer = isJsonObject(first) ? first : {};
  const said = isJsonObject(outer.error) ? outer.error : outer;
  const code =
    codeOfName(said.status) ??
    (said === outer ? codeOfNumber(said.code) : undefined) ??
    codeOfHttp(typeof said.code === "number" && said !== outer ? said.code : status);
  const messages = [said.message, outer.error_description, outer.error, text.trim().slice(0, 500)];
  const message = messages.find((one) => typeof one === "string");
  const error = new ConnectError(message || (status > 0 ? `HTTP ${status}` : ""), code, headers);
  if (Array.isArray(said.details)) {
    error.details = said.details.flatMap((detail) => detailFromJson(detail, registry));
  }
  return error;
}

/** A detail of a type that is not known keeps its name, and its JSON as `debug`. */
function detailFromJson(json: JsonValue, registry: Registry): Detail[] {
  const typeUrl = isJsonObject(json) ? json["@type"] : undefined;
  if (typeof typeUrl !== "string") {
    return [];
  }
  const type = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  try {
    const any = fromJson(AnySchema, json, { registry, ignoreUnknownFields: true });
    return [{ type, value: any.value, debug: json }];
  } catch {
    return [{ type, value: new Uint8Array(), debug: json }];
  }
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
