// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNodeServer, type NodeHandler } from "../../src/node/index.ts";
import { frame, frameTypes, get, goAway, preface, reset, settings } from "./http2-frames.ts";
import { rawConnection } from "./raw-connection.ts";
import { type Served, served, tls } from "./served.ts";

/** Answers with the protocol, the path and the body. */
const echo: NodeHandler = (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () =>
    response.end(`${request.httpVersion} ${request.url} ${Buffer.concat(chunks)};`),
  );
};

const get1 = (path: string, headers = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;

describe("the first bytes tell the protocol", () => {
  let server: Served;

  beforeAll(async () => {
    server = await served(echo);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test.each([
    ["HTTP/2", preface + settings + get(1), /2\.0 \/ ;/],
    ["HTTP/1.1", "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", /1\.1 \/x abc;/],
    ["HTTP/1.1 that begins alike", "PRI * HTTP/2.0\r\n\r\nSN", /^HTTP\/1\.1 400 /],
  ])("%s, byte by byte", async (_, bytes, answer) => {
    await using connection = await rawConnection(server.port);
    await connection.trickle(bytes);
    await connection.until(answer);
  });

  test("wherever they are split", async () => {
    const bodies = fc.string({ unit: "binary-ascii", maxLength: 40 });
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 4 });
    const request = fc.oneof(
      fc.constant({ bytes: preface + settings + get(1), answer: "2.0 / ;" }),
      bodies.map((body) => ({
        bytes: `POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        answer: `1.1 /p ${body};`,
      })),
    );
    await fc.assert(
      fc.asyncProperty(request, cuts, async ({ bytes, answer }, cuts) => {
        await using connection = await rawConnection(server.port);
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        for (const [i, end] of ends.entries()) {
          connection.send(bytes.slice(ends[i - 1] ?? 0, end));
          await new Promise((resolve) => setImmediate(resolve));
        }
        while (!connection.received.includes(answer)) {
          await once(connection.socket, "data");
        }
      }),
      { numRuns: 60 },
    );
  });

  test("requests of HTTP/1.1 follow one another on a connection, at once or in turn", async () => {
    await using connection = await rawConnection(server.port);
    connection.send(get1("/1") + get1("/2"));
    await connection.until(/1\.1 \/1 ;.*1\.1 \/2 ;/s);
    connection.send(get1("/3"));
    await connection.until(/1\.1 \/3 ;/);
    connection.send(get1("/4", "Connection: close\r\n"));
    expect(await connection.closed).toMatch(/1\.1 \/4 ;/);
  });

  test.each([
    ["half a preface and something else", `${preface.slice(0, 12)}garbage`],
    ["a preface and no frames", `${preface}garbage that is no frame at all, in any reading`],
    ["a frame that is too long", `${preface}${settings}\xff\xff\xff\x00\x00\x00\x00\x00\x01`],
    ["a request on stream 0", preface + settings + get(0)],
    ["a hello of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["zeros", "\0".repeat(100)],
  ])("%s ends the connection, and nothing else", async (_, bytes) => {
    await using server = await served(echo, { idleTimeoutMs: 100 });
    await using connection = await rawConnection(server.port);
    connection.send(bytes);
    await connection.closed;
    expect(await (await fetch(server.baseUrl)).text()).toBe("1.1 / ;");
  });

  test.each([
    ["nothing", ""],
    ["half a preface", preface.slice(0, 10)],
    ["a preface", preface],
    ["half a request", "GET / HT"],
    ["a request", get1("/")],
    ["a request of HTTP/2", preface + settings + get(1)],
  ])("a connection that is reset after %s takes nothing along", async (_, bytes) => {
    for (const end of ["reset", "destroy", "end"] as const) {
      await using connection = await rawConnection(server.port);
      connection.send(bytes);
      await new Promise((resolve) => setImmediate(resolve));
      if (end === "reset") {
        connection.socket.resetAndDestroy();
      } else {
        connection.socket[end]();
      }
      await connection.closed;
    }
    expect(await (await fetch(server.baseUrl)).text()).toBe("1.1 / ;");
  });

  test("a client that resets requests as fast as it sends them is sent away", async () => {
    await using server = await served(echo, { idleTimeoutMs: 100 });
    await using connection = await rawConnection(server.port);
    connection.send(preface + settings);
    for (let stream = 1; stream < 10_000; stream += 2) {
      connection.send(get(stream) + reset(stream));
    }
    expect(frameTypes(await connection.closed)).toContain(goAway);
  });
});

test("what says too little for too long is closed", async () => {
  await using server = await served(echo, { handshakeTimeoutMs: 250 });
  for (const bytes of ["", "P", preface.slice(0, -1)]) {
    await using connection = await rawConnection(server.port);
    connection.send(bytes);
    expect(await connection.closed).toBe("");
  }
  await using spoken = await rawConnection(server.port);
  spoken.send("GET ");
  await using silent = await rawConnection(server.port);
  await silent.closed;
  spoken.send("/ HTTP/1.1\r\nHost: a\r\n\r\n");
  await spoken.until(/1\.1 \/ ;/);
});

test("over TLS, so is what does not greet, and what greets and then says nothing", async () => {
  await using server = await served(echo, { tls, handshakeTimeoutMs: 50 });
  for (const bytes of ["", "\x16\x03\x01"]) {
    await using connection = await rawConnection(server.port);
    connection.send(bytes);
    await connection.closed;
  }
  const socket = connectTls({ port: server.port, ca: tls.cert, servername: "localhost" });
  socket.on("error", () => socket.destroy());
  await once(socket, "close");
});

test("on a port of TLS, what does not speak as agreed ends its connection, and nothing else", async () => {
  await using server = await served(echo, { tls });
  for (const bytes of [get1("/"), preface + settings + get(1), "\0".repeat(100)]) {
    await using connection = await rawConnection(server.port);
    connection.send(bytes);
    await connection.closed;
  }
  // HTTP/2 that nobody agreed on.
  const socket = connectTls({ port: server.port, ca: tls.cert, servername: "localhost" });
  socket.write(Buffer.from(preface + settings, "latin1"));
  expect(Buffer.concat(await socket.toArray()).toString()).toMatch(/^HTTP\/1\.1 400 /);
  const session = connectHttp2(server.baseUrl, { ca: tls.cert });
  const stream = session.request({ ":path": "/tls" });
  stream.setEncoding("utf8");
  expect((await stream.toArray()).join("")).toBe("2.0 /tls ;");
  session.destroy();
});

test("limits of HTTP/2 have defaults, and can be set", async () => {
  await using server = await served(echo);
  await using limited = await served(echo, { http2: { settings: { maxConcurrentStreams: 7 } } });
  for (const [{ baseUrl }, most] of [
    [server, 1000],
    [limited, 7],
  ] as const) {
    const session = connectHttp2(baseUrl);
    await once(session, "remoteSettings");
    expect(session.remoteSettings.maxConcurrentStreams).toBe(most);
    session.destroy();
  }
});

test("a session of HTTP/2 without a request in flight is closed after a while", async () => {
  const pending: (() => void)[] = [];
  await using server = await served((_, response) => pending.push(() => response.end()), {
    idleTimeoutMs: 50,
  });
  await using busy = await rawConnection(server.port);
  busy.send(preface + settings + get(1));
  await using idle = await rawConnection(server.port);
  idle.send(preface + settings);
  expect(frameTypes(await idle.closed)).toContain(goAway);
  await using second = await rawConnection(server.port);
  second.send(preface + settings);
  await second.closed;
  expect(pending).toHaveLength(1);
  expect(frameTypes(busy.received)).not.toContain(goAway);
  pending[0]?.();
  expect(frameTypes(await busy.closed)).toContain(goAway);
});

test("a client that is told to go away and stays is cut off", async () => {
  await using server = await served(echo, { idleTimeoutMs: 50 });
  const socket = connectTcp({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.write(Buffer.from(preface + settings, "latin1"));
  socket.resume();
  await once(socket, "end");
  // Its half of the connection is open, which would hold up the close for the whole grace.
  await server.server.close({ graceMs: 60_000 });
  socket.destroy();
});

// Node would end the session while it reads the request, and read on in memory that it has freed.
test("a request behind a farewell, in one packet, is answered before its session ends", async () => {
  await using server = await served(echo);
  await using connection = await rawConnection(server.port);
  const farewell = frame({ type: goAway, payload: "\0\0\0\0\0\0\0\0" });
  connection.send(preface + settings + farewell + get(1));
  expect(await connection.closed).toContain("2.0 / ;");
});

test("a session of HTTP/2 may hold many large answers", async () => {
  const answer = Buffer.alloc(100_000);
  await using server = await served((_, response) => {
    response.end(answer);
  });
  const session = connectHttp2(server.baseUrl);
  const answers = Array.from({ length: 300 }, () => session.request({ ":path": "/" }).toArray());
  for (const chunks of await Promise.all(answers)) {
    expect(Buffer.concat(chunks)).toHaveLength(answer.length);
  }
  session.destroy();
});

test("a port in use is an error that can be listened to", async () => {
  await using server = await served(echo);
  const second = createNodeServer(echo);
  const listening = once(second.listen(server.port, "127.0.0.1"), "listening");
  await expect(listening).rejects.toMatchObject({ code: "EADDRINUSE", port: server.port });
  expect(second.address()).toBeNull();
  await second.close();
});

test("an error that nobody listens to is not swallowed", () => {
  const error = new Error("no port");
  expect(() => createNodeServer(echo).emit("error", error)).toThrow(error);
});

test("it listens in each way that Node's servers do", async () => {
  const listened: Promise<void>[] = [];
  const servers = [
    (done: () => void) => createNodeServer(echo).listen(0, done),
    (done: () => void) => createNodeServer(echo).listen(0, "127.0.0.1", done),
    (done: () => void) => createNodeServer(echo).listen({ port: 0, host: "127.0.0.1" }, done),
  ].map((listen) => {
    const { promise, resolve } = withResolver();
    listened.push(promise);
    return listen(resolve);
  });
  await Promise.all(listened);
  for (const server of servers) {
    const { port } = server.address() as AddressInfo;
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe("1.1 / ;");
    await server.close();
    expect(server.address()).toBeNull();
  }
});

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((resolved) => {
    resolve = resolved;
  });
  return { promise, resolve };
}

test.each([{ handshakeTimeoutMs: 0 }, { idleTimeoutMs: -1 }, { graceMs: Number.NaN }])(
  "%o is refused by name",
  (options) => {
    expect(() => createNodeServer(echo, options)).toThrow(Object.keys(options)[0]);
  },
);

test("hundreds of connections leave no listeners behind, and no warning", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  const server = await served(echo);
  const connections = await Promise.all(
    Array.from({ length: 300 }, () => rawConnection(server.port)),
  );
  await Promise.all(
    connections.map(async (connection, i) => {
      connection.send(i % 2 === 0 ? get1("/") : preface + settings + get(1) + get(3));
      await connection.until(/\/ ;/);
    }),
  );
  await server.server.close();
  await Promise.all(connections.map(({ closed }) => closed));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", onWarning);
  expect(warnings).toEqual([]);
});
