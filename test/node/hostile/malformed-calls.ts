// SPDX-License-Identifier: Apache-2.0

import { brotliCompressSync, gzipSync } from "node:zlib";
import { echoStruct, getOperation, messageKinds } from "./malformed-messages.ts";
import { type Call, compressed, envelope, type Protocol } from "./protocols.ts";
import type { Random } from "./random.ts";

/** A kind of call that no client makes which means well. */
export interface CallKind {
  readonly name: string;
  /** Whether an answer without an error is one that the call may get. */
  readonly mayBeValid: boolean;
  make(random: Random): Call;
}

type Make = (random: Random, protocol: Protocol) => Call;

/** The kinds of calls that can be made in a protocol. */
export function callKinds(protocol: Protocol): readonly CallKind[] {
  const messages = messageKinds
    .filter(({ codecs }) => codecs.includes(protocol.codec))
    .map(({ name, mayBeValid = false, make }) => ({
      name: `a message, ${name}`,
      mayBeValid,
      make(random: Random) {
        const { method, message } = make(random, protocol.codec);
        return protocol.call(method, protocol.wrap(message));
      },
    }));
  const others = [
    ...(protocol.enveloped ? envelopes : []),
    ...compressions,
    ...headers,
    ...(protocol.encodingHeader === undefined ? queries : []),
  ].map(([name, mayBeValid, make]) => ({
    name,
    mayBeValid,
    make: (random: Random) => make(random, protocol),
  }));
  return [...messages, ...others];
}

type Row = readonly [name: string, mayBeValid: boolean, make: Make];

const raw = (body: (random: Random) => Buffer): Make => {
  return (random, protocol) => protocol.call(getOperation, body(random));
};
const name = Buffer.from("\x0a\x0foperations/none", "latin1");
const nothing = Buffer.alloc(0);

// biome-ignore format: a table reads better.
const envelopes: readonly Row[] = [
  ["a prefix cut short",            false, raw((random) => envelope(nothing).subarray(0, 1 + random.below(4)))],
  ["no message",                    false, raw(() => nothing)],
  ["a length that is too long",     false, raw((random) => envelope(name, 0, name.length + 1 + random.below(1_000)))],
  ["a length that is too short",    false, raw((random) => envelope(name, 0, random.below(name.length)))],
  ["a length beyond all limits",    false, raw((random) => envelope(name, 0, random.pick([2 ** 22 + 1, 2 ** 31, 2 ** 32 - 1])))],
  ["flags that mean nothing",       true,  raw((random) => envelope(name, 2 + random.below(254)))],
  ["flags of compression without",  false, raw(() => envelope(name, 1))],
  ["two messages",                  false, raw(() => Buffer.concat([envelope(name), envelope(name)]))],
  ["a thousand empty messages",     false, raw(() => Buffer.alloc(5_000))],
  ["a message and some bytes",      true,  raw((random) => Buffer.concat([envelope(name), random.bytes(1 + random.below(4))]))],
  ["trailers",                      false, raw(() => envelope(Buffer.from("grpc-status: 0\r\n"), 128))],
];

const bombed = Buffer.alloc(256 * 1024);
const bombs = {
  gzip: gzipSync(bombed),
  br: brotliCompressSync(bombed),
} as const;
const small = gzipSync(Buffer.from("{}"));

const sent = (encoding: string, message: (random: Random) => Buffer): Make => {
  return (random, protocol) => compressed(protocol, echoStruct, message(random), encoding);
};

// biome-ignore format: a table reads better.
const compressions: readonly Row[] = [
  ["a bomb of gzip",                  false, sent("gzip", () => bombs.gzip)],
  ["a bomb of brotli",                false, sent("br", () => bombs.br)],
  ["a bomb within a bomb",            false, sent("gzip", () => gzipSync(bombs.gzip))],
  ["gzip that is cut short",          false, sent("gzip", (random) => small.subarray(0, 1 + random.below(small.length - 1)))],
  ["gzip that is none",               false, sent("gzip", (random) => random.bytes(1 + random.below(100)))],
  ["brotli that is none",             false, sent("br", (random) => Buffer.concat([Buffer.from([0xff]), random.bytes(50)]))],
  ["a compression that nobody knows", false, sent("zstd", (random) => random.bytes(20))],
  ["a compression of a strange name", false, sent("__proto__", () => small)],
];

const withHeaders = (
  make: (random: Random, protocol: Protocol) => Record<string, string>,
): Make => {
  return (random, protocol) => {
    const message = protocol.codec === "json" ? Buffer.from("{}") : nothing;
    const call = protocol.call(echoStruct, protocol.wrap(message));
    return { ...call, headers: { ...call.headers, ...make(random, protocol) } };
  };
};
const timeouts = [
  "",
  "x",
  "-1",
  "1e9",
  "99999999999",
  "9999999999H",
  "1 S",
  "0x10m",
  "1",
  "0",
  "١S",
];
const types = [
  "",
  "application/grpc+",
  "application/json; charset=utf-16",
  "text/html",
  ";",
  "a/b/c",
  "application/proto, application/json",
  "application/connect+json",
  "application/grpc-web-text",
];

// biome-ignore format: a table reads better.
const headers: readonly Row[] = [
  ["a timeout that is none",     true,  withHeaders((random, { timeoutHeader }) => ({ [timeoutHeader]: encodeURI(random.pick(timeouts)) }))],
  ["a content type that is none", true, withHeaders((random) => ({ "content-type": random.pick(types) }))],
  ["a protocol version that is none", true, withHeaders((random) => ({ "connect-protocol-version": String(random.below(100)) }))],
  ["a large header",             true,  withHeaders((random) => ({ "x-large": "x".repeat(8_000 + random.below(4_000)) }))],
  ["many headers",               true,  withHeaders((random) => manyHeaders(60 + random.below(40)))],
  ["binary metadata that is none", true, withHeaders((random) => ({ "x-some-bin": random.bytes(30).toString("latin1").replace(/[^!-~]/g, "=") }))],
  ["encodings without end",      true,  withHeaders(() => ({ "accept-encoding": "x,".repeat(4_000), "grpc-accept-encoding": ",".repeat(3_000) }))],
];

const query = (text: (random: Random) => string): Make => {
  return (random, protocol) => ({
    ...protocol.call(echoStruct, nothing),
    target: `/${echoStruct}?${text(random)}`,
  });
};

// biome-ignore format: a table reads better.
const queries: readonly Row[] = [
  ["base64 that is none",        true,  query((random) => `encoding=proto&base64=1&message=${random.pick(["*", "A", "====", "%00", "A===A", "%ff%ff"])}`)],
  ["an encoding that is none",   false, query((random) => `encoding=${random.pick(["", "xml", "__proto__", "json,proto"])}&message=%7B%7D`)],
  ["escapes that are none",      true,  query((random) => `encoding=json&message=${random.pick(["%", "%7", "%zz", "%c0%80", "%7B%7D%"])}`)],
  ["parameters without end",     true,  query((random) => "a=&".repeat(random.below(3_000)))],
  ["a parameter twice",          true,  query(() => "encoding=proto&encoding=json&message=&message=%7B")],
  ["no parameter",               false, query(() => "")],
];

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, "y"]));
}
