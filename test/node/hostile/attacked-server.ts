// SPDX-License-Identifier: Apache-2.0

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { NodeAdapterOptions, NodeServerOptions } from "../../../src/node/index.ts";
import type { Held } from "../../programs/attacked-server.ts";

/** A server in a process of its own, with little memory. */
export interface AttackedServer extends AsyncDisposable {
  readonly port: number;
  readonly baseUrl: string;
  /** What it holds once every connection to it has ended. */
  held(): Promise<Held>;
  /** What it holds now. */
  heldNow(): Promise<Held>;
  /** Ends it; throws if it had ended by itself, or had anything to say. */
  end(): Promise<void>;
}

interface Limits {
  readonly server?: NodeServerOptions;
  readonly adapter?: Partial<NodeAdapterOptions>;
}

const heapMegabytes = 128;
const longestMs = 30_000;

const megabyte = 1024 * 1024;

/** Of what a server holds more than before, beyond what its caches may take. */
export function growth(before: Held, after: Held): Partial<Held> {
  const grown = Object.entries(after).filter(
    ([name, value]) => value - before[name as keyof Held] > allowedGrowth[name as keyof Held],
  );
  return Object.fromEntries(grown);
}

// The allocator keeps what it was given back, so that resident memory tells of leaks only roughly.
const allowedGrowth: Held = {
  heapBytes: 4 * megabyte,
  externalBytes: 2 * megabyte,
  residentBytes: 96 * megabyte,
  sockets: 0,
};

/** Starts the program of the same name, with options that can be written in JSON. */
export async function attackedServer(limits: Limits = {}): Promise<AttackedServer> {
  const program = join(import.meta.dirname, "../../../dist/test/programs/attacked-server.js");
  const child = fork(program, [JSON.stringify(limits)], {
    execArgv: [`--max-old-space-size=${heapMegabytes}`],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let said = "";
  for (const output of [child.stdout, child.stderr]) {
    output?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const exited = once(child, "exit");

  async function message<T>(): Promise<T> {
    const ended = exited.then(([code, signal]): never => {
      throw new Error(`The server has ended with ${code ?? signal}:\n${said}`);
    });
    const [answer] = await Promise.race([
      // The channel may break before the process is seen to have ended.
      once(child, "message").catch(() => ended),
      ended,
      delay(longestMs, undefined, { ref: false }).then(() => {
        throw new Error(`The server has not answered its parent:\n${said}`);
      }),
    ]);
    return answer as T;
  }

  const { port } = await message<{ port: number }>();

  function heldNow(): Promise<Held> {
    child.send("held", () => {});
    return message<Held>();
  }

  async function stop(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await exited;
    }
  }

  return {
    port,
    baseUrl: `http://127.0.0.1:${port}`,
    heldNow,
    async held() {
      const until = performance.now() + longestMs;
      let held = await heldNow();
      while (held.sockets > 0) {
        if (performance.now() > until) {
          throw new Error(`${held.sockets} connections have not ended`);
        }
        await delay(20);
        held = await heldNow();
      }
      return held;
    },
    async end() {
      await heldNow();
      await stop();
      if (said !== "") {
        throw new Error(`The server said:\n${said}`);
      }
    },
    [Symbol.asyncDispose]: stop,
  };
}
