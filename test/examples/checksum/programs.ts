// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

// As `npm start` and `npm run checksum` run them: what `npm test` has built.
const compiled = (name: string) =>
  fileURLToPath(new URL(`../../../dist/examples/${name}.js`, import.meta.url));

/** A program of an example that is running. It is killed at the end of the block that holds it. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** What it has written so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** Resolves with the first match in what it writes; rejects if it ends before. */
  written(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that it died of. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

interface ProgramOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs a program by its path below `examples`, without its ending. */
export function runProgram(name: string, options: ProgramOptions = {}): Program {
  const { args = [], env = {}, cwd = process.cwd() } = options;
  const child = spawn(process.execPath, [compiled(name), ...args], {
    cwd,
    // Nothing of the environment of the tests, npm's least of all.
    env: { PATH: process.env.PATH, HOME: "/nonexistent", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text;
    });
  }
  const ended = once(child, "close").then(() => child.exitCode ?? child.signalCode);
  return {
    pid: pidOf(child),
    output,
    ended,
    kill: (signal) => child.kill(signal),
    async written(stream, pattern) {
      for (;;) {
        const match = pattern.exec(output[stream]);
        if (match !== null) {
          return match;
        }
        const next = await Promise.race([once(child[stream], "data"), ended]);
        if (!Array.isArray(next) && !pattern.test(output[stream])) {
          throw new Error(`${name} ended (${next}) without ${pattern}: ${JSON.stringify(output)}`);
        }
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) {
    throw new Error("Expected the program to start");
  }
  return pid;
}

/** Runs the client of the checksum example. */
export function runClient(args: readonly string[], options: ProgramOptions = {}): Program {
  return runProgram("checksum/client", { ...options, args });
}

/** Runs its server, whether or not it can start. */
export function runServer(env: Readonly<Record<string, string>>): Program {
  return runProgram("checksum/server", { env });
}

/** Runs its server, and waits until it listens; without `PORT`, on any that is free. */
export async function startServer(
  env: Readonly<Record<string, string>>,
): Promise<Program & { readonly url: string }> {
  const server = runServer({ PORT: "0", ...env });
  const [, url = ""] = await server.written("stdout", /^at +(http:\S+)$/m);
  // Getting to the last line of its welcome means that it has got through all of it.
  await server.written("stdout", /:cancel"\n/);
  return { ...server, url };
}
