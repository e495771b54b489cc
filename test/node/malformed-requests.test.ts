// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeAdapter } from "../../src/node/index.ts";
import { rawConnection } from "./raw-connection.ts";
import { type Served, served } from "./served.ts";
import { routes } from "./tiny-service.ts";

const path = "/google.longrunning.Operations/GetOperation";
const body = `{"name":"operations/running"}`;
const json = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const good = `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${json}`;

let server: Served;

beforeAll(async () => {
  server = await served(nodeAdapter({ routes }));
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

// biome-ignore format: a table reads better.
test.each<[string, string, number]>([
  ["two slashes",                    `POST // HTTP/1.1\r\nHost: a\r\n${json}`, 400],
  ["an authority for a path",        `POST //host${path} HTTP/1.1\r\nHost: a\r\n${json}`, 400],
  ["an absolute form",               `POST http://a${path} HTTP/1.1\r\nHost: a\r\n${json}`, 400],
  ["an asterisk",                    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["dot segments",                   `POST /x/..${path} HTTP/1.1\r\nHost: a\r\n${json}`, 400],
  ["a host that is none",            `POST ${path} HTTP/1.1\r\nHost: a b\r\n${json}`, 400],
  ["a host with a port that is none", `POST ${path} HTTP/1.1\r\nHost: a:99999\r\n${json}`, 400],
  ["an empty host",                  `POST ${path} HTTP/1.1\r\nHost:\r\n${json}`, 400],
  ["an unknown path",                `POST /nothing.Here/AtAll HTTP/1.1\r\nHost: a\r\n${json}`, 404],
  ["the root",                       "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 404],
  ["another HTTP method",            `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`, 405],
  ["another type of content",        `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`, 415],
])("%s: an answer, and the connection goes on", async (_, request, status) => {
  await using connection = await rawConnection(server.port);
  connection.send(request + good);
  const answers = (await connection.closed).split(/(?=HTTP\/1\.1 \d)/);
  expect(answers).toHaveLength(2);
  expect(answers[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answers[1]).toMatch(/^HTTP\/1\.1 200 .*"operations\/running"/s);
});

// biome-ignore format: a table reads better.
test.each<[string, string, RegExp]>([
  ["HTTP/1.0 without a host",  `POST ${path} HTTP/1.0\r\n${json}`, /^HTTP\/1\.1 400 /],
  ["HTTP/1.1 without a host",  `POST ${path} HTTP/1.1\r\n${json}`, /^HTTP\/1\.1 400 /],
  ["HTTP/1.0 with a host",     `POST ${path} HTTP/1.0\r\nHost: a\r\n${json}`, /^HTTP\/1\.1 200 /],
  ["bytes beyond ASCII",             `POST ${path}\xe9 HTTP/1.1\r\nHost: a\r\n${json}`, /^HTTP\/1\.1 400 /],
  ["bytes beyond ASCII, in a query", `POST ${path}?\xff HTTP/1.1\r\nHost: a\r\n${json}`, /^HTTP\/1\.1 400 /],
  ["CONNECT",                  "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", /^$/],
  ["no protocol",              "hello\r\n\r\n", /^HTTP\/1\.1 400 /],
  ["bytes of no text",         "\x16\x03\x01\x00\xa5\x01\x00\x00", /^HTTP\/1\.1 400 /],
  ["a header that never ends", `POST ${path} HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}`, /^HTTP\/1\.1 431 /],
  ["two lengths",              `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${json}`, /^HTTP\/1\.1 400 /],
  ["a chunk that is none",     `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`, /^HTTP\/1\.1 400 /],
])("%s: the connection is closed, and the server goes on", async (_, request, answer) => {
  await using connection = await rawConnection(server.port);
  connection.send(request);
  expect(await connection.closed).toMatch(answer);
  await using next = await rawConnection(server.port);
  next.send(good);
  expect(await next.closed).toMatch(/^HTTP\/1\.1 200 /);
});

test("a request to upgrade to HTTP/2 is answered over HTTP/1.1", async () => {
  await using connection = await rawConnection(server.port);
  const upgrade =
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
  connection.send(`POST ${path} HTTP/1.1\r\nHost: a\r\n${upgrade}${json}`);
  await connection.until(/^HTTP\/1\.1 200 .*"operations\/running"/s);
});

// biome-ignore format: a table reads better.
test.each<[string, Record<string, string>, number]>([
  ["two slashes",             { ":path": "//" }, 400],
  ["bytes beyond ASCII",      { ":path": "/caf\u00e9" }, 400],
  ["an authority for a path", { ":path": `//host${path}` }, 400],
  ["an asterisk",             { ":path": "*", ":method": "OPTIONS" }, 400],
  ["dot segments",            { ":path": `/x/..${path}` }, 400],
  ["a host that is none",     { ":path": path, ":authority": "a:99999" }, 400],
  ["an unknown path",         { ":path": "/nothing.Here/AtAll" }, 404],
])("over HTTP/2, %s: an answer, and the session goes on", async (_, headers, status) => {
  const session = connectHttp2(server.baseUrl);
  const post = async (headers: Record<string, string>) => {
    const content = { "content-type": "application/json", ":method": "POST" };
    const stream = session.request({ ...content, ...headers });
    stream.end(body);
    const [answer] = await once(stream, "response");
    stream.resume();
    await once(stream, "end");
    return answer[":status"];
  };
  expect(await post(headers)).toBe(status);
  expect(await post({ ":path": path })).toBe(200);
  session.close();
});
