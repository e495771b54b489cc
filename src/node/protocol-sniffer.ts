// SPDX-License-Identifier: Apache-2.0

import type { Socket } from "node:net";

/** The protocol of a connection. */
export type Protocol = "http1" | "http2";

interface SniffOptions {
  /** How long the first bytes may take, altogether, before the connection is closed. */
  readonly timeoutMs: number;
  /** Is called once, with every byte that came back in the socket, unless the connection ended. */
  readonly onProtocol: (protocol: Protocol) => void;
}

// Every HTTP/2 connection begins with these bytes. RFC 9113, section 3.4.
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** Reads from a socket until its bytes are the preface of HTTP/2, or differ from it. */
export function sniffProtocol(socket: Socket, { timeoutMs, onProtocol }: SniffOptions): void {
  let held = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), timeoutMs);

  function read(): void {
    // Bytes that do not decide are held here: put back, they would be read again and again.
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
      held = Buffer.concat([held, chunk]);
      const protocol = protocolOf(held);
      if (protocol !== undefined) {
        decide(protocol);
        return;
      }
    }
  }

  function decide(protocol: Protocol): void {
    release();
    socket.unshift(held);
    onProtocol(protocol);
  }

  function end(): void {
    release();
    socket.destroy();
  }

  function release(): void {
    clearTimeout(timer);
    socket.off("readable", read).off("end", end).off("close", end);
  }

  socket.on("readable", read).on("end", end).on("close", end);
}

function protocolOf(bytes: Buffer): Protocol | undefined {
  const length = Math.min(bytes.length, preface.length);
  if (bytes.compare(preface, 0, length, 0, length) !== 0) {
    return "http1";
  }
  return length === preface.length ? "http2" : undefined;
}
