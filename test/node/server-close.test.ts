// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { Agent, request as requestHttp1 } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "vitest";
import { createNodeServer, type NodeHandler, type NodeResponse } from "../../src/node/index.ts";
import { frameTypes, get, goAway, preface, settings } from "./http2-frames.ts";
import { rawConnection } from "./raw-connection.ts";
import { served, tls } from "./served.ts";

const get1 = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

/** A handler that answers "/now" at once and keeps the other responses for the test. */
function holding() {
  const held: NodeResponse[] = [];
  let wake = () => {};
  const handler: NodeHandler = (request, response) => {
    request.resume();
    if (request.url === "/now") {
      response.end("now;");
    } else {
      held.push(response);
      wake();
    }
  };
  return {
    handler,
    held,
    async until(count: number) {
      while (held.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** What came of a promise by the time that everything which is ready has run. */
async function pending(promise: Promise<unknown>): Promise<boolean> {
  const turns = (async () => {
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    return true;
  })();
  return Promise.race([promise.then(() => false), turns]);
}

test("requests in flight are answered, and whatever is idle ends at once", async () => {
  const { handler, held, until } = holding();
  const { server, port } = await served(handler);
  const [silent, halfPreface, idle1, idle2, busy1, begun1, busy2] = await Promise.all(
    Array.from({ length: 7 }, () => rawConnection(port)),
  );
  if (!silent || !halfPreface || !idle1 || !idle2 || !busy1 || !begun1 || !busy2) {
    throw new Error("not connected");
  }
  halfPreface.send(preface.slice(0, 9));
  idle1.send(get1("/now"));
  await idle1.until(/now;/);
  idle2.send(preface + settings);
  await once(idle2.socket, "data");
  busy1.send(get1("/busy"));
  await until(1);
  begun1.send(get1("/begun"));
  await until(2);
  held[1]?.writeHead(200);
  held[1]?.write("begun");
  await begun1.until(/begun/);
  busy2.send(preface + settings + get(1));
  await until(3);

  const closed = server.close();
  await Promise.all([silent.closed, halfPreface.closed, idle1.closed, idle2.closed]);
  expect(frameTypes(idle2.received)).toContain(goAway);
  const refused = connectTcp(port, "127.0.0.1");
  await expect(once(refused, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await pending(closed)).toBe(true);

  held.forEach((response) => {
    response.end("done;");
  });
  expect(await busy1.closed).toMatch(/^HTTP\/1\.1 200 .*connection: close.*done;/is);
  expect(await begun1.closed).toMatch(/begun.*done;/s);
  expect(await busy2.closed).toMatch(/done;/);
  expect(frameTypes(busy2.received)).toContain(goAway);
  await closed;
});

test("what is asked after the close, behind a request in flight, is not answered", async () => {
  const { handler, held, until } = holding();
  const { server, port } = await served(handler);
  await using pipelining = await rawConnection(port);
  pipelining.send(get1("/first"));
  await using multiplexing = await rawConnection(port);
  multiplexing.send(preface + settings + get(1));
  await until(2);
  const closed = server.close();
  pipelining.send(get1("/now"));
  multiplexing.send(get(3));
  while (!frameTypes(multiplexing.received).includes(goAway)) {
    await once(multiplexing.socket, "data");
  }
  expect(held).toHaveLength(2);
  held.forEach((response) => {
    response.end("done;");
  });
  expect((await multiplexing.closed).match(/done;/g)).toHaveLength(1);
  expect(await pipelining.closed).toMatch(/connection: close.*done;$/is);
  await closed;
});

test("a request that has begun to arrive is answered, as is a client that reads slowly", async () => {
  const size = 20_000_000;
  const { server, port } = await served((request, response) => {
    request.resume();
    response.end(request.url === "/large" ? Buffer.alloc(size, "x") : "small;");
  });
  const slow = connectTcp(port, "127.0.0.1").pause();
  slow.write(get1("/large"));
  await once(slow, "readable");
  await using first = await rawConnection(port);
  await using second = await rawConnection(port);
  second.send(get1("/"));
  await second.until(/small;/);
  second.send("GET / HT");
  first.send("GET / HT");
  // One more round trip, by the end of which the server has read those bytes.
  await using last = await rawConnection(port);
  last.send(get1("/"));
  await last.until(/small;/);

  const closed = server.close({ graceMs: 60_000 });
  await last.closed;
  for (const connection of [first, second]) {
    connection.send("TP/1.1\r\nHost: a\r\n\r\n");
    expect(await connection.closed).toMatch(/connection: close.*small;$/is);
  }
  let received = 0;
  for await (const chunk of slow) {
    received += chunk.length;
  }
  expect(received).toBeGreaterThan(size);
  await closed;
});

test("real clients notice nothing but the end", async () => {
  const { handler, held, until } = holding();
  const { server, baseUrl } = await served(handler);
  const agent = new Agent({ keepAlive: true });
  const request = requestHttp1(`${baseUrl}/`, { agent }).end();
  const answered = once(request, "response");
  const session = connectHttp2(baseUrl);
  const stream = session.request({ ":path": "/" });
  stream.setEncoding("utf8");
  await until(2);
  const ended = once(session, "close");
  const closed = server.close();
  held.forEach((response) => {
    response.end("done;");
  });
  const [response] = await answered;
  response.setEncoding("utf8");
  expect((await response.toArray()).join("")).toBe("done;");
  expect((await stream.toArray()).join("")).toBe("done;");
  await ended;
  await closed;
  agent.destroy();
});

describe.each([
  ["cleartext", undefined],
  ["TLS", { tls }],
])("%s", (_, options) => {
  async function open(session: ClientHttp2Session, path: string) {
    const stream = session.request({ ":path": path });
    stream.on("error", () => {});
    stream.resume();
    return { closed: new Promise((resolve) => stream.on("close", resolve)) };
  }

  test("after the grace, what is left is destroyed", async () => {
    const { handler, until } = holding();
    const { server, port, baseUrl } = await served(handler, options);
    const session = connectHttp2(baseUrl, { ca: tls.cert });
    session.on("error", () => {});
    const ended = new Promise((resolve) => session.on("close", resolve));
    const { closed } = await open(session, "/never");
    const socket =
      options === undefined
        ? connectTcp(port, "127.0.0.1")
        : connectTls({ port, ca: tls.cert, servername: "localhost" });
    socket.on("error", () => {});
    socket.write(get1("/never"));
    await until(2);
    const gone = new Promise((resolve) => socket.on("close", resolve));
    await server.close({ graceMs: 50 });
    await Promise.all([closed, ended, gone]);
  });

  test("a connection that has not spoken does not hold it up", async () => {
    const { server, port } = await served(holding().handler, options);
    await using silent = await rawConnection(port);
    await server.close({ graceMs: 60_000 });
    expect(await silent.closed).toBe("");
  });
});

test("over TLS, neither does one that has greeted and said nothing, nor an idle one", async () => {
  const { server, port, baseUrl } = await served(holding().handler, { tls });
  const greeted = connectTls({ port, ca: tls.cert, servername: "localhost" });
  const session = connectHttp2(baseUrl, { ca: tls.cert });
  const kept = connectTls({ port, ca: tls.cert, servername: "localhost" });
  await Promise.all([once(greeted, "secureConnect"), once(session, "remoteSettings")]);
  kept.write(get1("/now"));
  await once(kept, "data");
  const ends = [greeted, session, kept].map((end) => once(end, "close"));
  await server.close({ graceMs: 60_000 });
  await Promise.all(ends);
});

test("closeAllConnections ends what goes on, and the server goes on", async () => {
  const { handler, until } = holding();
  await using server = await served(handler);
  await using connection = await rawConnection(server.port);
  connection.send(get1("/never"));
  await until(1);
  server.server.closeAllConnections();
  expect(await connection.closed).toBe("");
  expect(await (await fetch(`${server.baseUrl}/now`)).text()).toBe("now;");
});

test("a server can be closed twice, before it listens, and by leaving its scope", async () => {
  await createNodeServer(holding().handler).close();
  const { server } = await served(holding().handler);
  const events: string[] = [];
  server.on("close", () => events.push("close"));
  await Promise.all([server.close(), server.close()]);
  await server.close();
  expect(events).toEqual(["close"]);
  let port: number;
  {
    await using scoped = (await served(holding().handler)).server;
    port = (scoped.address() as { port: number }).port;
  }
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
});
