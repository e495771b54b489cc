// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { onTestFinished } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import type { ChecksumService } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import type { LogLine } from "../programs/load-server.ts";

const program = join(import.meta.dirname, "../../dist/test/programs/load-server.js");

export interface Clients {
  readonly checksum: Client<typeof ChecksumService>;
  readonly operations: Client<typeof Operations>;
}

/** A server in a process of its own. It is killed when the test ends. */
export interface LoadServer {
  readonly pid: number | undefined;
  /** Settles once it listens; rejects if it ends before. */
  readonly clients: Promise<Clients>;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that it died of. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export interface LoadServerOptions {
  readonly database: string;
  /** Where it writes what becomes of operations. */
  readonly log: string;
  readonly leaseMs: number;
  readonly drainMs?: number;
}

export function startLoadServer(options: LoadServerOptions): LoadServer {
  const { database, log, leaseMs, drainMs = 0 } = options;
  const args = [program, database, log, String(leaseMs), String(drainMs)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const ended = once(child, "close").then(() => child.exitCode ?? child.signalCode);
  const address = once(createInterface(child.stdout), "line").then(([line]) => String(line));
  const clients = Promise.race([
    address.then(clientsOf),
    ended.then((how) => Promise.reject(new Error(`The server ended before it listened: ${how}`))),
  ]);
  // Who kills a server that starts does not wait for it.
  clients.catch(() => undefined);
  return { pid: child.pid, clients, kill: (signal) => child.kill(signal), ended };
}

function clientsOf(baseUrl: string): Clients {
  const transport = createConnectTransport({ baseUrl, httpVersion: "2" });
  return {
    checksum: createClient(ChecksumServiceOperations, transport),
    operations: createClient(Operations, transport),
  };
}

/** What servers have told of operations. A line that a server was killed in the middle of is none. */
export function readLog(path: string): LogLine[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as LogLine];
    } catch {
      return [];
    }
  });
}
