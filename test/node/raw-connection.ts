// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";

/** A connection that says exactly what it is told to, and keeps what it is answered. */
export interface RawConnection extends AsyncDisposable {
  readonly socket: Socket;
  /** What came back so far, one character for each byte. */
  readonly received: string;
  send(bytes: string | Uint8Array): void;
  /** Sends each byte by itself. */
  trickle(bytes: string): Promise<void>;
  /** Settles once what was received matches. */
  until(pattern: RegExp): Promise<string>;
  /** Settles with all that was received once the other side has closed the connection. */
  readonly closed: Promise<string>;
}

export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
  });
  // A reset is one of the ways to be closed.
  socket.on("error", () => socket.destroy());
  const closed = new Promise<string>((resolve) => {
    socket.on("close", () => resolve(received));
  });
  const send = (bytes: string | Uint8Array) => {
    socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  };
  return {
    socket,
    get received() {
      return received;
    },
    send,
    async trickle(bytes) {
      for (const byte of bytes) {
        send(byte);
        await turn();
      }
    },
    async until(pattern) {
      while (!pattern.test(received)) {
        if (socket.destroyed) {
          throw new Error(`Closed before ${pattern}, after ${JSON.stringify(received)}`);
        }
        await Promise.race([once(socket, "data"), closed]);
      }
      return received;
    },
    closed,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await closed;
    },
  };
}
