// SPDX-License-Identifier: Apache-2.0

import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { createRestHandler } from "../../../src/rest/index.ts";
import { random, seedOfRun } from "../hostile/random.ts";
import { httpClients } from "./http-client.ts";
import { type LibraryMethods, libraryRoutes, serveLibrary } from "./library-server.ts";
import { randomRequest } from "./random-requests.ts";

const seed = seedOfRun();

// The answers hold what was received, as far as they can. `fail` is not implemented.
const methods: LibraryMethods = {
  getShelf: ({ name }) => ({ name }),
  listShelves: ({ filter, pageToken }) => ({
    shelves: [{ name: filter }],
    nextPageToken: pageToken,
  }),
  createShelf: ({ shelf, shelfId }) => ({ name: shelfId, theme: shelf?.theme ?? "" }),
  deleteShelf: () => ({}),
  mergeShelves: ({ name, otherShelf }) => ({ name, theme: otherShelf }),
  getBook: ({ name, isbn }) => ({ name, isbn }),
  updateBook: ({ book }) => ({ title: book?.title ?? "" }),
  tagBook: ({ tags }) => ({ tags }),
  readFile: ({ path }) => ({ path }),
  statFile: ({ path }) => ({ path }),
  // JSON cannot express every mask that a request may have, such as one of `a_1`.
  probe: (request) => ({ ...request, mask: undefined }),
  upload: () => ({}),
  download: ({ id }) => ({ contentType: "text/plain", data: Buffer.from(id).toString("base64") }),
  async *watch({ filter }) {
    yield { name: filter };
    yield {};
  },
};

const isFine = (status: number) =>
  (status >= 200 && status < 500 && status !== 499) || status === 501;

test("100 000 random requests are answered as what they are, each at once", {
  timeout: 240_000,
}, async () => {
  const handle = createRestHandler({
    routes: libraryRoutes(methods),
    acceptCompression: [compressionGzip, compressionBrotli],
    readMaxBytes: 100_000,
  });
  const numbers = random(seed);
  const statuses = new Map<number, number>();
  const { signal } = new AbortController();
  let longestMs = 0;
  for (let count = 0; count < 100_000; count++) {
    const request = randomRequest(numbers);
    const { method, target, headers, body } = request;
    const begunMs = performance.now();
    const answer = await handle({
      httpVersion: "1.1",
      method,
      url: `http://host${target}`,
      header: new Headers(headers),
      body: (async function* () {
        yield Buffer.from(body ?? "");
      })(),
      signal,
    });
    const pieces: Uint8Array[] = [];
    for await (const piece of answer.body ?? []) {
      pieces.push(piece);
    }
    longestMs = Math.max(longestMs, performance.now() - begunMs);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (!isFine(answer.status)) {
      const text = Buffer.concat(pieces).toString();
      expect.fail(`${answer.status} ${text} to ${JSON.stringify({ ...request, body: `${body}` })}`);
    }
  }
  // A test that only ever misses would say nothing.
  expect(Object.fromEntries(statuses)).toMatchObject({
    200: expect.toSatisfy((count) => count > 5_000),
    400: expect.toSatisfy((count) => count > 5_000),
    404: expect.any(Number),
    405: expect.any(Number),
    415: expect.any(Number),
    501: expect.any(Number),
  });
  expect(longestMs).toBeLessThan(2_000);
});

test.each(["HTTP/1.1", "HTTP/2"] as const)("over %s too", { timeout: 60_000 }, async (version) => {
  await using server = await serveLibrary(methods, { readMaxBytes: 100_000 });
  using client = httpClients[version](server.port);
  const numbers = random(seed + 1);
  for (let count = 0; count < 2_000; count++) {
    const request = randomRequest(numbers);
    // The others are no HTTP: the client, or the parser of the server, refuses them.
    if (!/^[\x21-\x7e]+$/.test(request.target)) {
      continue;
    }
    const { status, body } = await client.send(request);
    if (!isFine(status)) {
      expect.fail(`${status} ${body} to ${JSON.stringify(request)}`);
    }
  }
});
