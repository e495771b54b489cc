// SPDX-License-Identifier: Apache-2.0

import type { DescMethodServerStreaming } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createAsyncIterable } from "@connectrpc/connect/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createRestTransport } from "../../src/rest/index.ts";
import { exchange, Library } from "./transport-library.ts";

const error = {
  code: 404,
  status: "NOT_FOUND",
  message: "m",
  details: [{ "@type": "x/y.Z", a: 1 }],
};
const bodies = [
  {},
  { title: "T", extra: { "@type": "a/b.C" } },
  { error },
  { code: 5, message: "m" },
]
  .flatMap((body) => [body, [body], [{}, body]])
  .map((body) => JSON.stringify(body));

/** JSON that was tampered with, any JSON, and anything at all. */
const texts = fc.oneof(
  fc
    .tuple(fc.constantFrom(...bodies), fc.nat(), fc.nat({ max: 3 }), fc.string({ maxLength: 3 }))
    .map(([body, at, count, inserted]) => {
      const start = at % (body.length + 1);
      return body.slice(0, start) + inserted + body.slice(start + count);
    }),
  fc.json(),
  fc.string(),
);

const answers = fc.record({
  status: fc.oneof(fc.constantFrom(200, 200, 404, 500), fc.integer({ min: 200, max: 599 })),
  contentType: fc.constantFrom(
    "application/json",
    "application/json; charset=utf-8",
    "text/html",
    "",
  ),
  chunks: fc.oneof(
    texts.map((text) => [new TextEncoder().encode(text)]),
    texts.map((text) => [...new TextEncoder().encode(text)].map((byte) => Uint8Array.of(byte))),
    fc.array(fc.uint8Array(), { maxLength: 3 }),
  ),
  breaks: fc.boolean(),
});

test("whatever answers, a call ends with a message or with an error of Connect", async () => {
  const codes = new Set<Code | undefined>();
  await fc.assert(
    fc.asyncProperty(answers, async ({ status, contentType, chunks, breaks }) => {
      const fetch = async () => {
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            for (const chunk of chunks) {
              controller.enqueue(chunk);
            }
            if (breaks) {
              controller.error(new TypeError("terminated"));
            } else {
              controller.close();
            }
          },
        });
        const bodiless = status === 204 || status === 205 || status === 304;
        return new Response(bodiless ? null : body, {
          status,
          headers: { "content-type": contentType },
        });
      };
      const transport = createRestTransport({ baseUrl: "http://127.0.0.1", fetch });
      const watch = Library.method.watchBooks as DescMethodServerStreaming;
      for (const run of [
        () => exchange(transport, "getBook", { request: { name: "shelves/1/books/2" } }),
        () => exhaust(transport, watch),
      ]) {
        const outcome = await run().catch((cause: unknown) => cause);
        if (outcome instanceof Error) {
          expect(outcome).toBeInstanceOf(ConnectError);
        }
        codes.add(outcome instanceof ConnectError ? outcome.code : undefined);
      }
    }),
    { numRuns: 1_500 },
  );
  // It was not always the same.
  expect(codes).toContain(undefined);
  expect(codes).toContain(Code.NotFound);
  expect(codes).toContain(Code.Unavailable);
  expect(codes).toContain(Code.Internal);
});

async function exhaust(transport: Transport, method: DescMethodServerStreaming): Promise<void> {
  const input = createAsyncIterable([{ name: "shelves/1" }]);
  const { message } = await transport.stream(method, undefined, undefined, undefined, input);
  for await (const _ of message) {
    // Only how it ends matters.
  }
}
