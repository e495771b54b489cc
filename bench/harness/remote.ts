// SPDX-License-Identifier: Apache-2.0

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a process of its own can be asked to do. */
// biome-ignore lint/suspicious/noConfusingVoidType: a call that answers nothing need not return.
export type Calls = Readonly<Record<string, (argument: never) => Promise<unknown> | void>>;

/** A module whose `open` a process of its own runs. `options` must be what JSON can carry. */
export interface RemoteModule {
  open(options: never): Promise<Calls>;
}

type OptionsOf<Module extends RemoteModule> = Parameters<Module["open"]>[0];
type CallsOf<Module extends RemoteModule> = Awaited<ReturnType<Module["open"]>>;

/** A process of its own, so that its CPU time, its heap and its compiled code are its own too. */
export interface Remote<Offered extends Calls> {
  call<Name extends keyof Offered>(
    name: Name,
    ...argument: Parameters<Offered[Name]>
  ): Promise<Awaited<ReturnType<Offered[Name]>>>;
  /** Asks for `close`, and ends the process. */
  close(): Promise<void>;
}

/** What the two processes send each other. */
export interface RemoteCall {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** `id` 0 answers that the module has been opened. */
export type RemoteAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

const entry = fileURLToPath(new URL("./remote-process.js", import.meta.url));

/**
 * Starts a process that opens a module.
 *
 * @param module where the compiled module stands.
 * @throws Error with the stack of what went wrong in there.
 */
export async function openRemote<Module extends RemoteModule>(
  module: URL,
  options: OptionsOf<Module>,
): Promise<Remote<CallsOf<Module>>> {
  const child = fork(entry, [module.href, JSON.stringify(options)], {
    // What this process was given goes on: `node --cpu-prof dist/bench/run.js` profiles them all.
    execArgv: [...process.execArgv, "--expose-gc"],
  });
  const exited = once(child, "exit");
  const pending = new Map<number, Pending>();
  let lastId = 0;

  function answered(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => pending.set(id, { resolve, reject }));
  }

  function send(name: string, argument: unknown): Promise<unknown> {
    lastId++;
    child.send({ id: lastId, name, argument } satisfies RemoteCall);
    return answered(lastId);
  }

  child.on("message", (answer: RemoteAnswer) => {
    const call = pending.get(answer.id);
    pending.delete(answer.id);
    if ("error" in answer) {
      call?.reject(new Error(`In ${module.pathname}: ${answer.error}`));
    } else {
      call?.resolve(answer.value);
    }
  });
  child.on("exit", (code, signal) => {
    for (const { reject } of pending.values()) {
      reject(new Error(`${module.pathname} ended with ${signal ?? `code ${code}`}`));
    }
  });

  try {
    await answered(0);
  } catch (error) {
    child.disconnect();
    throw error;
  }
  return {
    call: (name, ...[argument]) => send(String(name), argument) as never,
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        await send("close", undefined);
        child.disconnect();
      }
      await exited;
    },
  };
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}
