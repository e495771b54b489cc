// SPDX-License-Identifier: Apache-2.0

import { create, fromJson, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { type Any, AnySchema, anyPack, EmptySchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import {
  type ListOperationsResponse,
  ListOperationsResponseSchema,
  type Operation,
  OperationSchema,
  Operations,
} from "../../gen/google/longrunning/operations_pb.ts";
import { createOperationRegistry } from "../../src/operation-registry.ts";
import type { Binding } from "../../src/rest/binding.ts";
import {
  answerFormat,
  createStreamEncoder,
  decodeResponse,
  decodeResponseStream,
  encodeResponse,
} from "../../src/rest/response.ts";
import { bindingsOf } from "../../src/rest/rules.ts";
import { binding, compiled, libraryType, registry, typeOf } from "./library.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const operations = createOperationRegistry();

function get(method: (typeof Operations.methods)[number]): Binding {
  const [first] = bindingsOf(method);
  if (first === undefined) {
    throw new Error("there is no binding");
  }
  return first;
}

const getOperation = get(Operations.method.getOperation);
const stranger: Any = create(AnySchema, {
  typeUrl: "type.googleapis.com/acme.v1.Stranger",
  value: Uint8Array.of(8, 1),
});

async function* pieces(...texts: readonly (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const text of texts) {
    yield typeof text === "string" ? encoder.encode(text) : text;
  }
}

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = [];
  for await (const item of items) {
    gathered.push(item);
  }
  return gathered;
}

describe("what a query asks for", () => {
  const input = libraryType("ProbeRequest");

  test.each([
    ["", false, false],
    ["$alt=json%3Benum-encoding=int", true, false],
    ["$alt=json;enum-encoding%3Dint&$prettyPrint=0", true, false],
    ["alt=json;enum-encoding=int", true, false],
    ["enum-encoding=int&pp=1", true, true],
    ["%24alt=json;enum-encoding=int&prettyPrint=true", true, true],
    ["$alt=json&$prettyPrint=false", false, false],
    ["alt=%zz&prettyPrint=true", false, false],
    ["id=prettyPrint", false, false],
  ])("%s", (query, enumAsInteger, prettyPrint) => {
    expect(answerFormat(query, input)).toEqual({ enumAsInteger, prettyPrint });
  });

  test("is nothing where the name is that of a field", () => {
    const file = {
      "a/v1/a.proto": 'syntax = "proto3"; package a.v1; message A { string alt = 1; }',
    };
    const type = typeOf(compiled(file), "a.v1.A");
    expect(answerFormat("alt=json;enum-encoding=int", type).enumAsInteger).toBe(false);
    expect(answerFormat("$alt=json;enum-encoding=int", type).enumAsInteger).toBe(true);
  });
});

describe("an Any of a type that nobody registered", () => {
  const message: Operation = create(OperationSchema, {
    name: "operations/a",
    metadata: stranger,
    result: { case: "response", value: anyPack(EmptySchema, create(EmptySchema)) },
  });

  test("is left out of an answer, which is otherwise whole", () => {
    const omitted: string[] = [];
    const { body } = encodeResponse(getOperation, message, {
      registry: operations,
      onOmit: ({ typeUrl }) => omitted.push(typeUrl),
    });
    expect(JSON.parse(decoder.decode(body))).toEqual({
      name: "operations/a",
      response: { "@type": "type.googleapis.com/google.protobuf.Empty" },
    });
    expect(omitted).toEqual(["type.googleapis.com/acme.v1.Stranger"]);
    expect(message.metadata).toBe(stranger);
  });

  test("is left out of lists as well, and so is one that does not parse", () => {
    const list: ListOperationsResponse = create(ListOperationsResponseSchema, {
      operations: [
        message,
        { name: "operations/b", metadata: { ...stranger, typeUrl: "x/google.protobuf.Duration" } },
        // Its value is cut off.
        {
          name: "operations/d",
          metadata: { typeUrl: "x/google.protobuf.Duration", value: Uint8Array.of(8) },
        },
        {
          name: "operations/c",
          result: {
            case: "error",
            value: { code: 3, details: [stranger, message.metadata ?? stranger] },
          },
        },
      ],
    });
    const { body } = encodeResponse(get(Operations.method.listOperations), list, {
      registry: operations,
    });
    expect(JSON.parse(decoder.decode(body)).operations).toEqual([
      expect.not.objectContaining({ metadata: expect.anything() }),
      {
        name: "operations/b",
        metadata: { "@type": "x/google.protobuf.Duration", value: "1s" },
      },
      { name: "operations/d" },
      { name: "operations/c", error: { code: 3 } },
    ]);
  });

  test("keeps its type URL in a client, and no value", () => {
    const body = encoder.encode(
      JSON.stringify({
        name: "operations/a",
        metadata: { "@type": "type.googleapis.com/acme.v1.Stranger", label: { deep: [1] } },
        done: true,
        response: { "@type": "type.googleapis.com/google.protobuf.Duration", value: "1s" },
        unheard: 1,
      }),
    );
    const read = decodeResponse(
      getOperation,
      { contentType: "application/json; charset=UTF-8", body },
      { registry: operations },
    ) as Operation;
    expect(read.metadata).toEqual({ ...stranger, value: new Uint8Array() });
    expect(read.result.value).toMatchObject({ value: Uint8Array.of(8, 1) });
  });
});

describe("a response", () => {
  test("that cannot be written fails, and says nothing of what it holds", () => {
    const { output } = binding("GetShelf").method;
    const broken = { ...create(output), name: 5 } as Message;
    expect(() => encodeResponse(binding("GetShelf"), broken, { registry })).toThrow(
      "[internal] the response cannot be written in JSON",
    );
  });

  test("is printed for people if they want that", () => {
    const shelf = fromJson(libraryType("Shelf"), { name: "s", rank: 1 });
    const format = { enumAsInteger: false, prettyPrint: true };
    const { body } = encodeResponse(binding("GetShelf"), shelf, { registry, format });
    expect(decoder.decode(body)).toBe('{\n  "name": "s",\n  "rank": 1\n}');
  });

  test.each<[JsonValue, JsonValue]>([
    [{ shelves: [{ name: "a" }], nextPageToken: "t" }, [{ name: "a" }]],
    [{}, []],
  ])("of one field: %j is %j", (value, expected) => {
    const list = binding("ListShelves", 1);
    const { body } = encodeResponse(list, fromJson(list.method.output, value), { registry });
    expect(JSON.parse(decoder.decode(body))).toEqual(expected);
    const read = decodeResponse(list, { contentType: "application/json", body }, { registry });
    expect(toJson(list.method.output, read)).toEqual(
      (expected as JsonValue[]).length > 0 ? { shelves: expected } : {},
    );
  });

  test.each([
    ["", {}],
    ["{}", {}],
    ['{"name":"a","unheard":{"x":[1]}}', { name: "a" }],
  ])("%j is read", (text, expected) => {
    const shelf = binding("GetShelf");
    const body = encoder.encode(text);
    const read = decodeResponse(shelf, { contentType: "application/json", body }, { registry });
    expect(toJson(shelf.method.output, read)).toEqual(expected);
  });

  test.each([
    ["text/html", "<p>", Code.Unknown, 'the response is "text/html", not application/json'],
    ["application/json", "{", Code.Internal, /the response cannot be read: /],
    ["application/json", "[]", Code.Internal, /the response cannot be read: /],
    ["application/json", '{"rank":"x"}', Code.Internal, /the response cannot be read: /],
  ])("%s %s is refused", (contentType, text, code, message) => {
    const read = () =>
      decodeResponse(
        binding("GetShelf"),
        { contentType, body: encoder.encode(text) },
        { registry },
      );
    expect(read).toThrow(expect.objectContaining({ code }));
    expect(read).toThrow(message);
  });

  test("of HttpBody is bytes both ways", () => {
    const download = binding("Download");
    const body = Uint8Array.of(0, 255);
    const read = decodeResponse(download, { contentType: "image/png", body }, { registry });
    expect(read).toMatchObject({ contentType: "image/png", data: body });
    expect(encodeResponse(download, read, { registry })).toEqual({
      contentType: "image/png",
      body,
    });
  });
});

describe("a stream", () => {
  const watch = binding("Watch");
  const shelves = ["a", 'b"]}', "ü\\", ""].map((name) => fromJson(libraryType("Shelf"), { name }));

  function write(messages: readonly Message[]): string {
    const stream = createStreamEncoder(watch, { registry });
    return [...messages.map((one) => stream.encode(one)), stream.end()]
      .map((piece) => decoder.decode(piece))
      .join("");
  }

  function read(...texts: readonly (string | Uint8Array)[]): Promise<Message[]> {
    return gather(
      decodeResponseStream(
        watch,
        { contentType: "application/json", body: pieces(...texts) },
        { registry, readMaxBytes: 100 },
      ),
    );
  }

  test("is an array, of nothing too", () => {
    expect(write([])).toBe("[]");
    expect(write(shelves)).toBe('[{"name":"a"},\n{"name":"b\\"]}"},\n{"name":"ü\\\\"},\n{}]');
  });

  test("is read however it is cut into pieces", async () => {
    const bytes = encoder.encode(`\n ${write(shelves).replaceAll(",", " , ")} \n`);
    for (let size = 1; size <= bytes.length; size++) {
      const cut = [];
      for (let start = 0; start < bytes.length; start += size) {
        cut.push(bytes.subarray(start, start + size));
      }
      expect(await read(...cut)).toEqual(shelves);
    }
    expect(await read("[]")).toEqual([]);
    expect(await read(" [\n", "]")).toEqual([]);
  });

  test("gives each message as soon as it is whole", async () => {
    const seen: string[] = [];
    async function* body() {
      for (const piece of ['[{"name":"a"},', '{"name":"b"}', "]"]) {
        seen.push(piece);
        yield encoder.encode(piece);
      }
    }
    const stream = decodeResponseStream(watch, { contentType: null, body: body() }, { registry });
    for await (const message of stream) {
      seen.push(String((message as Message & { name?: string }).name));
    }
    expect(seen).toEqual(['[{"name":"a"},', "a", '{"name":"b"}', "b", "]"]);
  });

  test.each([
    ["", Code.Unavailable],
    ["[", Code.Unavailable],
    ['[{"name":"a"}', Code.Unavailable],
    ["{}", Code.Internal],
    ["[,]", Code.Internal],
    ["[{},]", Code.Internal],
    ["[{},,{}]", Code.Internal],
    ["[{}]x", Code.Internal],
    ["[{}}]", Code.Internal],
    ["[{]]", Code.Internal],
    ["[{}{}]", Code.Internal],
    ["[1 2]", Code.Internal],
    ['["', Code.Unavailable],
    [`[{"name":"${"x".repeat(100)}"}]`, Code.ResourceExhausted],
  ])("%# is refused: %s", async (text, code) => {
    await expect(read(text)).rejects.toMatchObject({ code });
  });

  test("ends with its error, which no message is taken for", async () => {
    const stream = createStreamEncoder(watch, { registry });
    const [shelf] = shelves;
    const start = decoder.decode(stream.encode(shelf ?? create(libraryType("Shelf"))));
    const error = stream.fail(new ConnectError("gone", Code.NotFound));
    const text = start + decoder.decode(error);
    expect(JSON.parse(text)).toEqual([
      { name: "a" },
      { error: { code: 404, message: "gone", status: "NOT_FOUND" } },
    ]);
    await expect(read(text)).rejects.toMatchObject({ code: Code.NotFound, rawMessage: "gone" });
    const failed = create(OperationSchema, {
      result: { case: "error", value: { code: 5, message: "no error of the call" } },
    });
    const operation = `[${JSON.stringify(toJson(OperationSchema, failed))}]`;
    expect(
      await gather(
        decodeResponseStream(
          getOperation,
          { contentType: null, body: pieces(operation) },
          { registry },
        ),
      ),
    ).toEqual([failed]);
  });

  test("of HttpBody is bytes, with the type of the first one", async () => {
    const download = binding("Download");
    const stream = createStreamEncoder(download, { registry });
    expect(stream.contentType).toBe("");
    const [one, two] = [
      { contentType: "text/plain", data: "YQ==" },
      { contentType: "", data: "Yg==" },
    ].map((body) => stream.encode(fromJson(download.method.output, body)));
    expect(stream.contentType).toBe("text/plain");
    expect(decoder.decode(one) + decoder.decode(two) + decoder.decode(stream.end())).toBe("ab");
    expect(stream.fail(new ConnectError("gone"))).toBeUndefined();
    const body = pieces("a", "b");
    expect(
      await gather(
        decodeResponseStream(download, { contentType: "text/plain", body }, { registry }),
      ),
    ).toMatchObject([
      { contentType: "text/plain", data: encoder.encode("a") },
      { contentType: "text/plain", data: encoder.encode("b") },
    ]);
  });

  test("takes time linear in its length", async () => {
    const long = Array.from({ length: 20_000 }, () => encoder.encode('{"name":"'.padEnd(100, "x")));
    const start = performance.now();
    const body = pieces("[", ...long);
    await expect(
      gather(decodeResponseStream(watch, { contentType: null, body }, { registry })),
    ).rejects.toMatchObject({ code: Code.Unavailable });
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
