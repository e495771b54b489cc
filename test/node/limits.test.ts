// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
} from "node:http2";
import { expect, test } from "vitest";
import { type NodeHandler, nodeAdapter } from "../../src/node/index.ts";
import { frame, frameTypes, get, goAway, preface, settings } from "./http2-frames.ts";
import { rawConnection } from "./raw-connection.ts";
import { served } from "./served.ts";
import { stopTimers } from "./stopped-timers.ts";
import { routes } from "./tiny-service.ts";

const path = "/google.longrunning.Operations/GetOperation";
const json = { ":path": path, ":method": "POST", "content-type": "application/json" };
const large: NodeHandler = (_, response) => {
  response.end(Buffer.alloc(32 * 1024 * 1024));
};

async function answered(stream: ClientHttp2Stream): Promise<number> {
  const [headers] = await once(stream, "response");
  stream.resume();
  return headers[":status"];
}

/** Settles once each side has read, and the client has confirmed, what was sent before. */
async function settled(session: ClientHttp2Session): Promise<void> {
  if (session.connecting) {
    await once(session, "connect");
  }
  for (let pings = 0; pings < 2; pings++) {
    await new Promise<void>((resolve, reject) => {
      session.ping((error) => (error === null ? resolve() : reject(error)));
    });
  }
}

test("a request that takes too long to arrive is answered so, and cut off", async () => {
  await using server = await served(nodeAdapter({ routes, requestTimeoutMs: 100 }));
  const session = connectHttp2(server.baseUrl);
  const stream = session.request(json);
  stream.write("{");
  expect(await answered(stream)).toBe(504);
  await once(stream, "close");
  session.close();

  await using connection = await rawConnection(server.port);
  const head = "Host: a\r\nContent-Type: application/json\r\nContent-Length: 9";
  connection.send(`POST ${path} HTTP/1.1\r\n${head}\r\n\r\n{`);
  expect(await connection.closed).toMatch(/^HTTP\/1\.1 504 .*"deadline_exceeded"/s);
});

test("a request that is late does not make another one late", async () => {
  await using server = await served(nodeAdapter({ routes, requestTimeoutMs: 300 }));
  using timers = stopTimers();
  const session = connectHttp2(server.baseUrl);
  const late = session.request(json);
  late.write("{");
  await settled(session);
  timers.advance(150);
  const later = session.request(json);
  later.write(`{"name":`);
  await settled(session);
  timers.advance(150);
  expect(await answered(late)).toBe(504);
  later.end(`"operations/running"}`);
  expect(await answered(later)).toBe(200);
  session.destroy();
});

test.each([0, -1, 2 ** 31, Number.NaN])("a limit of %d is refused by name", (requestTimeoutMs) => {
  expect(() => nodeAdapter({ routes, requestTimeoutMs })).toThrow("requestTimeoutMs");
});

test("a message in single bytes is read as one", async () => {
  await using server = await served(nodeAdapter({ routes }));
  await using connection = await rawConnection(server.port);
  const body = `{"name":"operations/running"}`;
  const chunks = [...body].map((byte) => `1\r\n${byte}\r\n`).join("");
  connection.send(
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  await connection.trickle(`${chunks}0\r\n\r\n`);
  await connection.until(/^HTTP\/1\.1 200 .*"operations\/running"/s);
});

test("a call over HTTP/2 that is too large is answered, and its stream ends", async () => {
  await using server = await served(nodeAdapter({ routes, readMaxBytes: 1000 }));
  const session = connectHttp2(server.baseUrl);
  for (const type of ["application/json", "application/grpc"]) {
    const stream = session.request({ ...json, "content-type": type });
    stream.end(Buffer.alloc(60_000, 1));
    expect(await answered(stream)).toBe(type === "application/json" ? 429 : 200);
    await once(stream, "close");
  }
  session.close();
  // It waits for every stream that is open.
  await server.server.close({ graceMs: 60_000 });
});

test("a session that was ended for an error is not kept when its client has left", async () => {
  await using server = await served(large, { stallTimeoutMs: 100 });
  const connection = await rawConnection(server.port);
  connection.send(preface + settings + frame({ type: 4, payload: "\0\x05\0\0\0\0" }));
  await connection.until(/./s);
  expect(frameTypes(connection.received)).toContain(goAway);
  await connection[Symbol.asyncDispose]();
  await server.server.close({ graceMs: 60_000 });
});

test("a client of HTTP/2 that answers no ping is cut off, and one that does is not", async () => {
  await using server = await served(() => {}, { stallTimeoutMs: 100 });
  using timers = stopTimers();
  const session = connectHttp2(server.baseUrl);
  session.request({ ":path": "/" }).on("error", () => {});
  let pings = 0;
  session.on("ping", () => pings++);
  await settled(session);
  await using silent = await rawConnection(server.port);
  silent.send(preface + settings + get(1));
  await silent.until(/./s);
  for (let looks = 0; looks < 4; looks++) {
    timers.advance(50);
    await settled(session);
  }
  await silent.closed;
  expect(pings).toBe(4);
  expect(session.closed).toBe(false);
  session.destroy();
});

test("over HTTP/1.1, an answer that nobody takes is cut off", async () => {
  await using server = await served(large, { stallTimeoutMs: 200 });
  await using connection = await rawConnection(server.port);
  connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(connection.socket, "data");
  connection.socket.pause();
  // It waits for every answer that goes on.
  await server.server.close({ graceMs: 60_000 });
});

test("over HTTP/2, an answer that nobody takes is cut off", async () => {
  await using server = await served(large, { stallTimeoutMs: 100 });
  using timers = stopTimers();
  const session = connectHttp2(server.baseUrl);
  const stream = session.request({ ":path": "/" });
  await settled(session);
  for (let looks = 0; looks < 10; looks++) {
    timers.advance(50);
    await settled(session);
  }
  expect(stream.closed).toBe(false);
  timers.advance(50);
  await once(stream, "close");
  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
  session.destroy();
});

test("over HTTP/1.1, an answer that is long in coming is not cut off", async () => {
  // In real time, of which Node itself keeps this limit, and some times as long as that.
  await using server = await served(
    (_, response) => void setTimeout(() => response.end("late"), 300),
    { stallTimeoutMs: 50 },
  );
  expect(await (await fetch(server.baseUrl)).text()).toBe("late");
});

test("over HTTP/2, an answer that is long in coming is not cut off", async () => {
  const pending: (() => void)[] = [];
  await using server = await served((_, response) => pending.push(() => response.end("late")), {
    stallTimeoutMs: 100,
  });
  using timers = stopTimers();
  const session = connectHttp2(server.baseUrl);
  const stream = session.request({ ":path": "/" });
  await settled(session);
  for (let looks = 0; looks < 20; looks++) {
    timers.advance(50);
    await settled(session);
  }
  pending[0]?.();
  expect(Buffer.concat(await stream.toArray()).toString()).toBe("late");
  session.destroy();
});

test("a connection of HTTP/1.1 has a hundred requests in flight at most", async () => {
  let most = 0;
  await using server = await served(() => most++);
  await using connection = await rawConnection(server.port);
  connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500));
  expect(await connection.closed).toBe("");
  expect(most).toBeLessThan(110);
});
