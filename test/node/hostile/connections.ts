// SPDX-License-Identifier: Apache-2.0

import { frame, get, preface, reset, settings } from "../http2-frames.ts";
import type { RawConnection } from "../raw-connection.ts";
import type { Random } from "./random.ts";

/** A kind of conversation that no client has which means well. */
export interface ConnectionKind {
  readonly name: string;
  /** Says something; whoever calls it then ends the connection, or waits for the server to do so. */
  talk(connection: RawConnection, random: Random): void;
}

const path = "/echo.v1.EchoService/EchoStruct";
const json = "Host: a\r\nContent-Type: application/json\r\n";
const request = `POST ${path} HTTP/1.1\r\n${json}Content-Length: 2\r\n\r\n{}`;
const hello = preface + settings;

function changed(random: Random, text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  for (let times = 1 + random.below(5); times > 0; times--) {
    bytes[random.below(bytes.length)] = random.below(256);
  }
  return bytes;
}

const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join("");

// biome-ignore format: a table reads better.
export const http1Kinds: readonly ConnectionKind[] = [
  { name: "random bytes",              talk: (to, random) => to.send(random.bytes(1 + random.below(300))) },
  { name: "a request with bytes changed", talk: (to, random) => to.send(changed(random, request)) },
  { name: "a request cut short",       talk: (to, random) => to.send(request.slice(0, 1 + random.below(request.length))) },
  { name: "an upload cut short",       talk: (to, random) => to.send(`POST ${path} HTTP/1.1\r\n${json}Content-Length: 60000\r\n\r\n${" ".repeat(random.below(50_000))}`) },
  { name: "a length beyond all limits", talk: (to) => to.send(`POST ${path} HTTP/1.1\r\n${json}Content-Length: 99999999999\r\n\r\n{}`) },
  { name: "a length that is none",     talk: (to, random) => to.send(`POST ${path} HTTP/1.1\r\n${json}Content-Length: ${random.pick(["-1", "0x2", "2,2", "9".repeat(40), "+2", ""])}\r\n\r\n{}`) },
  { name: "chunks that are none",      talk: (to, random) => to.send(`POST ${path} HTTP/1.1\r\n${json}Transfer-Encoding: chunked\r\n\r\n${random.pick(["-1", "fffffffffffffffff", "0", "1;", "zz", "2\r\n{}"])}\r\n${random.bytes(20).toString("latin1")}`) },
  { name: "chunks of one byte",        talk: (to, random) => to.send(`POST ${path} HTTP/1.1\r\n${json}Transfer-Encoding: chunked\r\n\r\n${"1\r\n \r\n".repeat(random.below(3_000))}0\r\n\r\n`) },
  { name: "extensions of a chunk without end", talk: (to) => to.send(`POST ${path} HTTP/1.1\r\n${json}Transfer-Encoding: chunked\r\n\r\n1;${"x".repeat(20_000)}`) },
  { name: "trailers without end",      talk: (to) => to.send(`POST ${path} HTTP/1.1\r\n${json}Transfer-Encoding: chunked\r\n\r\n0\r\n${"x: y\r\n".repeat(4_000)}`) },
  { name: "a header without end",      talk: (to) => to.send(`POST ${path} HTTP/1.1\r\n${json}X: ${"x".repeat(20_000)}`) },
  { name: "headers without end",       talk: (to) => to.send(`POST ${path} HTTP/1.1\r\n${json}${"x: y\r\n".repeat(4_000)}`) },
  { name: "a path without end",        talk: (to) => to.send(`GET /${"x".repeat(20_000)}`) },
  { name: "bytes beyond ASCII in headers", talk: (to, random) => to.send(`POST ${path} HTTP/1.1\r\n${json}X: \xff\x80\r\n${random.pick(["grpc-timeout: \xb2", "connect-timeout-ms: \xb9", "X-bin: \xfe"])}\r\nContent-Length: 2\r\n\r\n{}`) },
  { name: "requests without waiting for answers", talk: (to, random) => to.send(request.repeat(1 + random.below(150))) },
  { name: "an expectation",            talk: (to, random) => to.send(`POST ${path} HTTP/1.1\r\n${json}Expect: ${random.pick(["100-continue", "x"])}\r\nContent-Length: 2\r\n\r\n`) },
  { name: "an upgrade",                talk: (to, random) => to.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: ${random.pick(["websocket", "h2c", "x"])}\r\n\r\n`) },
];

const names = "\x82\x86\x84\x41\x01a";
const headers = (stream: number, payload: string, flags = 5) =>
  frame({ type: 1, flags, stream, payload });
const post = `\x83\x86\x04${lengthOf(path)}${path}\x41\x01a\x40\x0ccontent-type\x10application/json`;

function lengthOf(text: string): string {
  return String.fromCharCode(text.length);
}

function randomFrame(random: Random): string {
  return frame({
    type: random.below(12),
    flags: random.below(256),
    stream: random.pick([0, 1, 2, 3, 5, 2 ** 31 - 1]),
    payload: random.bytes(random.below(80)).toString("latin1"),
  });
}

// biome-ignore format: a table reads better.
export const http2Kinds: readonly ConnectionKind[] = [
  { name: "random frames",             talk: (to, random) => to.send(hello + times(1 + random.below(30), () => randomFrame(random))) },
  { name: "random bytes",              talk: (to, random) => to.send(Buffer.concat([Buffer.from(hello, "latin1"), random.bytes(200)])) },
  { name: "frames with bytes changed", talk: (to, random) => to.send(Buffer.concat([Buffer.from(preface), changed(random, settings + headers(1, post, 4) + frame({ type: 0, flags: 1, stream: 1, payload: "{}" }))])) },
  { name: "a call cut short",          talk: (to, random) => to.send((hello + headers(1, post, 4)).slice(0, -random.below(90))) },
  { name: "an upload that never ends", talk: (to, random) => to.send(hello + headers(1, post, 4) + times(random.below(30), () => frame({ type: 0, stream: 1, payload: " ".repeat(1_000) }))) },
  { name: "data of one byte",          talk: (to, random) => to.send(hello + headers(1, post, 4) + times(random.below(3_000), () => frame({ type: 0, stream: 1, payload: " " }))) },
  { name: "empty data",                talk: (to) => to.send(hello + headers(1, post, 4) + frame({ type: 0, stream: 1 }).repeat(5_000)) },
  { name: "data that is mostly padding", talk: (to) => to.send(hello + headers(1, post, 4) + frame({ type: 0, flags: 8, stream: 1, payload: `\xff${"\0".repeat(255)}` }).repeat(200)) },
  { name: "data beyond the window",    talk: (to) => to.send(hello + headers(1, post, 4) + frame({ type: 0, stream: 1, payload: "x".repeat(16_000) }).repeat(8)) },
  { name: "many calls, each reset",    talk: (to) => to.send(hello + times(1_200, (i) => get(2 * i + 1) + reset(2 * i + 1))) },
  { name: "more calls than are allowed", talk: (to) => to.send(hello + times(130, (i) => headers(2 * i + 1, post, 4))) },
  { name: "pings without end",         talk: (to) => to.send(hello + frame({ type: 6, payload: "12345678" }).repeat(3_000)) },
  { name: "settings without end",      talk: (to) => to.send(hello + frame({ type: 4, payload: "\0\x03\0\0\0\x64" }).repeat(3_000)) },
  { name: "settings of a thousand",    talk: (to) => to.send(hello + frame({ type: 4, payload: "\0\x03\0\0\0\x64".repeat(2_000) })) },
  { name: "settings with extremes",    talk: (to, random) => to.send(hello + frame({ type: 4, payload: random.pick(["\0\x01\xff\xff\xff\xff", "\0\x04\xff\xff\xff\xff", "\0\x05\0\0\0\0", "\0\x04\0\0\0\0", "\0\x06\0\0\0\0", "\0\x02\0\0\0\x09"]) }) + headers(1, post)) },
  { name: "windows beyond all limits", talk: (to) => to.send(hello + get(1) + frame({ type: 8, payload: "\x7f\xff\xff\xff" }) + frame({ type: 8, stream: 1, payload: "\x7f\xff\xff\xff" })) },
  { name: "windows that grow by nothing", talk: (to) => to.send(hello + get(1) + frame({ type: 8, stream: 1, payload: "\0\0\0\0" })) },
  { name: "priorities without end",    talk: (to) => to.send(hello + times(3_000, (i) => frame({ type: 2, stream: 2 * i + 1, payload: "\0\0\0\0\x10" }))) },
  { name: "continuations without end", talk: (to) => to.send(hello + headers(1, names, 1) + frame({ type: 9, stream: 1, payload: "\x00\x01x\x01y".repeat(2_000) }).repeat(40)) },
  { name: "empty continuations",       talk: (to) => to.send(hello + headers(1, names, 1) + frame({ type: 9, stream: 1 }).repeat(20_000)) },
  { name: "a table of headers that is too large", talk: (to) => to.send(hello + headers(1, `\x3f\xff\xff\xff\x0f${names}`)) },
  { name: "a header that stands for many", talk: (to) => to.send(hello + headers(1, `${names}\x40\x01x\x7f\x81\x1e${"z".repeat(4_000)}${"\xbe".repeat(12_000)}`)) },
  { name: "headers of no index",       talk: (to, random) => to.send(hello + headers(1, `\xff\xff\xff\xff\x0f${random.bytes(9).toString("latin1")}`)) },
  { name: "headers that are not allowed", talk: (to, random) => to.send(hello + headers(1, names + random.pick(["\x40\x01X\x01y", "\x40\x0aconnection\x01x", "\x40\x04:foo\x01x", "\x40\x01x\x01\0", "\x82", "\x40\0\0"]))) },
  { name: "calls on streams of the server", talk: (to) => to.send(hello + get(2) + get(4)) },
  { name: "a call on an older stream", talk: (to) => to.send(hello + get(9) + get(3)) },
  { name: "a promise to push",         talk: (to) => to.send(hello + frame({ type: 5, flags: 4, stream: 1, payload: `\0\0\0\x02${names}` })) },
  { name: "a farewell, and then calls", talk: (to) => to.send(hello + frame({ type: 7, payload: "\0\0\0\0\0\0\0\0" }) + get(1) + get(3)) },
  { name: "a farewell for an error, and then calls", talk: (to, random) => to.send(hello + times(random.below(3), (i) => headers(2 * i + 1, post, 4)) + frame({ type: 7, payload: "\0\0\0\0\0\0\0\x02" }) + get(7) + get(9)) },
  { name: "calls whose answers nobody reads", talk: (to) => to.send(`${preface}${frame({ type: 4, payload: "\0\x04\0\0\0\0" })}${times(300, (i) => headers(2 * i + 1, post, 4) + frame({ type: 0, flags: 1, stream: 2 * i + 1, payload: "{}" }))}`) },
];
