// SPDX-License-Identifier: Apache-2.0

import { fork } from "node:child_process";
import { on } from "node:events";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { WaitOperationRequestSchema } from "../../gen/google/longrunning/operations_pb.ts";
import type { WaitServerMessage } from "../programs/wait-server.ts";

const program = join(import.meta.dirname, "../../dist/test/programs/wait-server.js");
// A call that waits takes about 40 KB of a server's heap. WAITERS=10000 takes minutes.
const waiters = Number(process.env.WAITERS ?? 2_000);
const connections = 10;
const mebibyte = 1024 * 1024;
const heapMebibytes = 128 + (waiters * 80) / 1024;

/** The server, in a process with little heap, and what it says. */
function startServer() {
  const child = fork(program, [String(waiters), String(mebibyte)], {
    execArgv: [`--max-old-space-size=${Math.ceil(heapMebibytes)}`],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const messages = on(child, "message", { close: ["exit"] });
  return {
    end: () => child.send("end"),
    async hear<Kind extends WaitServerMessage["kind"]>(kind: Kind) {
      const { value, done } = await messages.next();
      const message = (done ? undefined : value[0]) as WaitServerMessage | undefined;
      expect(message?.kind, "what the server says next").toBe(kind);
      return message as Extract<WaitServerMessage, { kind: Kind }>;
    },
  };
}

interface Protocol {
  readonly name: string;
  readonly contentType: string;
  envelope(message: Uint8Array): Uint8Array;
  /** What an answer says went well. */
  status(headers: IncomingHttpHeaders, trailers: IncomingHttpHeaders): unknown;
  readonly ok: unknown;
}

const protocols: readonly Protocol[] = [
  {
    name: "gRPC",
    contentType: "application/grpc+proto",
    envelope: (message) => Uint8Array.of(0, 0, 0, 0, message.length, ...message),
    status: (_, trailers) => trailers["grpc-status"],
    ok: "0",
  },
  {
    name: "Connect",
    contentType: "application/proto",
    envelope: (message) => message,
    status: (headers) => headers[":status"],
    ok: 200,
  },
];

/** Calls WaitOperation, and keeps nothing of the answer but its length and its first bytes. */
function wait(session: ClientHttp2Session, protocol: Protocol, message: Uint8Array) {
  return new Promise<{ status: unknown; bytes: number; head: Buffer }>((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/google.longrunning.Operations/WaitOperation",
      "content-type": protocol.contentType,
      te: "trailers",
    });
    let [headers, trailers, bytes, head] = [{}, {}, 0, Buffer.alloc(0)];
    stream.on("response", (received) => {
      headers = received;
    });
    stream.on("trailers", (received) => {
      trailers = received;
    });
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      head = head.length < 100 ? Buffer.concat([head, chunk.subarray(0, 100)]) : head;
    });
    stream.on("end", () => resolve({ status: protocol.status(headers, trailers), bytes, head }));
    stream.on("error", reject);
    stream.end(protocol.envelope(message));
  });
}

test.each(protocols)(
  "very many who wait for a megabyte are all answered, within little memory: $name",
  {
    timeout: 30_000 + waiters * 80,
  },
  async (protocol) => {
    const server = startServer();
    const { port } = await server.hear("listening");
    const baseUrl = `http://127.0.0.1:${port}`;
    const transport = createConnectTransport({ baseUrl, httpVersion: "2" });
    const checksum = createClient(ChecksumServiceOperations, transport);
    const { name } = await checksum.checksumTree({ root: "/" });
    const request = toBinary(
      WaitOperationRequestSchema,
      create(WaitOperationRequestSchema, { name }),
    );
    const sessions = Array.from({ length: connections }, () =>
      connect(baseUrl, { maxSessionMemory: 1_000 }),
    );
    onTestFinished(() => {
      for (const session of sessions) {
        session.destroy();
      }
    });
    const answers = Promise.all(
      sessions.flatMap((session) =>
        Array.from({ length: waiters / connections }, () => wait(session, protocol, request)),
      ),
    );
    await server.hear("waiting");
    server.end();
    const [answered] = await Promise.all([server.hear("answered"), answers]);

    const all = await answers;
    expect(all).toHaveLength(waiters);
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([protocol.ok]));
    const sizes = [...new Set(all.map(({ bytes }) => bytes))];
    expect(sizes).toHaveLength(1);
    expect(sizes[0]).toBeGreaterThan(mebibyte);
    expect(new Set(all.map(({ head }) => head.subarray(0, 60).toString("latin1"))).size).toBe(1);
    // A fraction of what they are sent.
    expect(answered.rssBytes).toBeLessThan((heapMebibytes + 256) * mebibyte);
  },
);
