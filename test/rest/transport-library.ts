// SPDX-License-Identifier: Apache-2.0

import {
  createFileRegistry,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  type DescService,
  fromJson,
  type JsonValue,
  type Registry,
  toJson,
} from "@bufbuild/protobuf";
import type { CallOptions, Transport, UnaryResponse } from "@connectrpc/connect";
import { createAsyncIterable } from "@connectrpc/connect/protocol";
import { operationRegistry } from "../../src/index.ts";
import { compileProto } from "../compile-proto.ts";

const source = `
syntax = "proto3";
package transport.v1;
import "google/api/annotations.proto";
import "google/api/httpbody.proto";
import "google/protobuf/any.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";

service Library {
  rpc GetBook(GetBookRequest) returns (Book) {
    option (google.api.http) = {
      get: "/v1/{name=shelves/*/books/*}"
      additional_bindings { get: "/v1/isbn/{isbn}" }
    };
  }
  rpc CreateBook(CreateBookRequest) returns (Book) {
    option (google.api.http) = { post: "/v1/{parent=shelves/*}/books" body: "book" };
  }
  rpc UpdateBook(UpdateBookRequest) returns (Book) {
    option (google.api.http) = { patch: "/v1/{book.name=shelves/*/books/*}" body: "book" };
  }
  rpc DeleteBook(GetBookRequest) returns (google.protobuf.Empty) {
    option (google.api.http) = { delete: "/v1/{name=shelves/*/books/*}" };
  }
  rpc FindBook(Book) returns (Book) {
    option (google.api.http) = { post: "/v1/books:find" body: "*" };
  }
  rpc ListTitles(GetBookRequest) returns (Titles) {
    option (google.api.http) = { get: "/v1/{name=shelves/*}/titles" response_body: "titles" };
  }
  rpc WatchBooks(GetBookRequest) returns (stream Book) {
    option (google.api.http) = { get: "/v1/{name=shelves/*}/books:watch" };
  }
  rpc ReadCover(GetBookRequest) returns (google.api.HttpBody) {
    option (google.api.http) = { get: "/v1/{name=shelves/*/books/*}/cover" };
  }
  rpc ReadPages(GetBookRequest) returns (stream google.api.HttpBody) {
    option (google.api.http) = { get: "/v1/{name=shelves/*/books/*}/pages" };
  }
  rpc WriteCover(WriteCoverRequest) returns (google.protobuf.Empty) {
    option (google.api.http) = { put: "/v1/{name=shelves/*/books/*}/cover" body: "cover" };
  }
  rpc Unbound(GetBookRequest) returns (Book);
  rpc Upload(stream Book) returns (Book) {
    option (google.api.http) = { post: "/v1/books:upload" body: "*" };
  }
}
enum Kind { KIND_UNSPECIFIED = 0; PAPER = 1; EBOOK = 2; }
message Book {
  string name = 1;
  string title = 2;
  Kind kind = 3;
  int64 pages = 4;
  repeated string tags = 5;
  google.protobuf.Any extra = 6;
}
message GetBookRequest { string name = 1; string isbn = 2; google.protobuf.FieldMask read_mask = 3; }
message CreateBookRequest { string parent = 1; Book book = 2; string book_id = 3; }
message UpdateBookRequest { Book book = 1; google.protobuf.FieldMask update_mask = 2; }
message Titles { repeated string titles = 1; }
message WriteCoverRequest { string name = 1; google.api.HttpBody cover = 2; }
`;

const files = createFileRegistry(compileProto({ "transport/v1/library.proto": source }));

/** A library that has something of everything. */
export const Library: DescService = required(files.getService("transport.v1.Library"));

/** All types that the library may hold. */
const registry: Registry = operationRegistry(Library);

/** Calls a method with a message in JSON, and gives its answer in JSON. */
export async function call(
  transport: Transport,
  name: string,
  { request = {}, ...options }: CallOptions & { readonly request?: JsonValue } = {},
): Promise<JsonValue> {
  const response = await exchange(transport, name, { request, ...options });
  return toJson(response.method.output, response.message, { registry });
}

/** Calls a method with a message in JSON. */
export async function exchange(
  transport: Transport,
  name: string,
  { request = {}, ...options }: CallOptions & { readonly request?: JsonValue } = {},
): Promise<UnaryResponse> {
  const method = methodOf(name);
  const message = fromJson(method.input, request, { registry });
  const { signal, timeoutMs, headers } = options;
  return transport.unary(method as DescMethodUnary, signal, timeoutMs, headers, message);
}

/** Calls a method that answers with a stream; its answers in JSON, as they come. */
export async function* stream(
  transport: Transport,
  name: string,
  { request = {}, ...options }: CallOptions & { readonly request?: JsonValue } = {},
): AsyncGenerator<JsonValue> {
  const method = methodOf(name) as DescMethodStreaming;
  const message = fromJson(method.input, request, { registry });
  const { signal, timeoutMs, headers } = options;
  const input = createAsyncIterable([message]);
  const response = await transport.stream(method, signal, timeoutMs, headers, input);
  for await (const answer of response.message) {
    yield toJson(method.output, answer, { registry });
  }
}

function methodOf(name: string): DescMethod {
  return required(Library.method[name]);
}

function required<T>(found: T | undefined): T {
  if (found === undefined) {
    throw new Error("it is not in the source");
  }
  return found;
}
