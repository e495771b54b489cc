// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { limits } from "./limits.ts";
import type { Ending, Host } from "./model.ts";
import type { PendingWait, Process, Puppet, World } from "./world.ts";

/** A process that answers: the one in the slot, else the other one. */
function answering(world: World, slot: number): Process | undefined {
  const { processes } = world;
  return [processes[slot], ...processes].find((process) => process?.stoppedMs === undefined);
}

export async function start(world: World, slot: number, root: string): Promise<void> {
  const process = answering(world, slot);
  if (process === undefined) {
    return;
  }
  const earlier = world.ids.get(root);
  let name: string;
  try {
    name = await process.replica.start(root);
  } catch (error) {
    if (earlier === undefined || ConnectError.from(error).code !== Code.FailedPrecondition) {
      throw error;
    }
    world.model.observe(earlier, { kind: "absent" });
    return;
  }
  if (earlier !== undefined && earlier !== name) {
    throw new Error(`Request ${root} is ${name} now, and was ${earlier}`);
  }
  if (!root.startsWith("/")) {
    world.ids.set(root, name);
  }
  world.started(name);
}

/** The write takes place, the answer is lost, and the request is sent once more. */
export async function startTwice(world: World, slot: number, root: string): Promise<void> {
  const process = answering(world, slot);
  if (process === undefined || world.ids.has(root)) {
    return;
  }
  const stoppedMs = world.clock.monotonic();
  const nobody: Host = {
    id: "nobody",
    stoppedMs,
    lapsedMs: Number.NEGATIVE_INFINITY,
    crashed: true,
    closing: false,
    missed: true,
  };
  process.losing = true;
  const lost = await process.replica.start(root).then(
    () => false,
    () => true,
  );
  process.losing = false;
  if (!lost) {
    throw new Error("The answer was not lost");
  }
  const name = await process.replica.start(root);
  world.ids.set(root, name);
  world.started(name, nobody);
}

function pick<T>(items: readonly T[], index: number): T | undefined {
  return items[index % items.length];
}

export function pickName({ model }: World, index: number): string {
  return pick([...model.operations.keys()], index) ?? "operations/none";
}

function pickPuppet({ puppets }: World, index: number): Puppet | undefined {
  return pick(
    puppets.filter(({ settled, process }) => !settled && !process.crashed),
    index,
  );
}

/** Asks for something of an operation; whether there was one. */
export async function ask(
  world: World,
  { slot, name }: { readonly slot: number; readonly name: string },
  call: (process: Process) => Promise<unknown>,
): Promise<boolean> {
  const process = answering(world, slot);
  if (process === undefined || !world.model.operations.has(name)) {
    return false;
  }
  try {
    await call(process);
    return true;
  } catch (error) {
    if (ConnectError.from(error).code !== Code.NotFound) {
      throw error;
    }
    world.model.observe(name, { kind: "absent" });
    return false;
  }
}

export async function report(world: World, index: number, awaited: boolean): Promise<void> {
  const puppet = pickPuppet(world, index);
  if (puppet === undefined) {
    return;
  }
  const { name, attempt, context, process } = puppet;
  const progress = world.nextNumber();
  const write = async () => await context.report({ filesDone: BigInt(progress) });
  const decided = world.model.decides(name, attempt);
  if (!awaited || process.stoppedMs !== undefined) {
    try {
      void context.report({ filesDone: BigInt(progress) });
      world.model.reported(name, attempt, progress, false);
    } catch (error) {
      expectStopped(puppet, error);
    }
    return;
  }
  const stored = await write().then(
    () => true,
    (error: unknown) => expectStopped(puppet, error),
  );
  if (stored && !decided) {
    throw new Error(`Attempt ${attempt} of ${name} stored a report, though it decides nothing`);
  }
  world.model.reported(name, attempt, progress, stored);
}

function expectStopped({ context }: Puppet, error: unknown): false {
  if (!context.signal.aborted || error !== context.signal.reason) {
    throw error;
  }
  return false;
}

export function settle(world: World, index: number, ending: Ending): void {
  const puppet = pickPuppet(world, index);
  if (puppet !== undefined) {
    settlePuppet(world, puppet, ending);
  }
}

export function settlePuppet(world: World, puppet: Puppet, ending: Ending): void {
  const { name, attempt, context, end } = puppet;
  const { aborted, reason } = context.signal;
  const interrupted = aborted && ConnectError.from(reason).code === Code.Unavailable;
  const requeued = interrupted && ending.startsWith("failed");
  world.model.settled(name, attempt, requeued ? "interrupted" : ending);
  puppet.settled = true;
  end.open(ending);
}

export function stop(world: World, process: Process): void {
  const nowMs = world.clock.monotonic();
  const { rested } = process;
  // It may not have renewed since it was stopped before.
  const restless = rested !== undefined && nowMs - rested.toMs <= limits.leaseMs / 2;
  process.stoppedMs = restless ? rested.fromMs : nowMs;
  process.missed = true;
  process.link.down = true;
  process.clock.pause();
}

export function resume(world: World, process: Process): void {
  if (process.stoppedMs !== undefined && !process.crashed) {
    const nowMs = world.clock.monotonic();
    if (nowMs - process.stoppedMs >= limits.leaseLeftMs) {
      process.lapsedMs = nowMs;
    }
    process.rested = { fromMs: process.stoppedMs, toMs: nowMs };
    process.stoppedMs = undefined;
    process.link.down = false;
    process.clock.resume();
  }
}

export function crash(world: World, slot: number): void {
  const process = world.processes[slot];
  if (process !== undefined) {
    if (process.stoppedMs === undefined) {
      stop(world, process);
    }
    process.crashed = true;
    world.boot(slot);
  }
}

export async function restart(world: World, slot: number): Promise<void> {
  const process = world.processes[slot];
  if (process === undefined || process.stoppedMs !== undefined) {
    return;
  }
  for (const wait of world.waits) {
    if (wait.process === process) {
      world.waits.delete(wait);
    }
  }
  process.closing = true;
  const closing = process.replica.operations.close({ drainMs: 0 });
  await Promise.all([closing, world.clock.advance(0)]);
  world.model.closed(process);
  process.stoppedMs = world.clock.monotonic();
  process.crashed = true;
  world.boot(slot);
}

export async function wait(world: World, slot: number, name: string): Promise<void> {
  const process = answering(world, slot);
  if (process === undefined || !world.model.operations.has(name)) {
    return;
  }
  const waiting: PendingWait = {
    name,
    process,
    startedMs: world.clock.monotonic(),
    answer: undefined,
  };
  const timeout = { seconds: 1n, nanos: (limits.waitMs - 1_000) * 1_000_000 };
  world.waits.add(waiting);
  void process.replica.api.waitOperation({ name, timeout }).then(
    (answer) => (waiting.answer = answer),
    (error: unknown) => (waiting.answer = ConnectError.from(error)),
  );
}

/** Every operation is on one page, and on one only. */
export async function pageThrough(world: World, slot: number): Promise<void> {
  const process = answering(world, slot);
  if (process === undefined) {
    return;
  }
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await process.replica.api.listOperations({ pageSize: 2, pageToken });
    seen.push(...page.operations.map(({ name }) => name));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  const { operations } = await process.replica.api.listOperations({ pageSize: 1000 });
  const expected = operations.map(({ name }) => name);
  if (seen.join() !== expected.join()) {
    throw new Error(`Pages of two hold ${seen}, and all together ${expected}`);
  }
}
