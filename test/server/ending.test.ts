// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { replica, type TreeHandler } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { stores } from "./stores.ts";
import { turns, until } from "./turns.ts";

const leaseMs = 1_000;
const cancelGraceMs = 1_500;

/** How the first attempt's handler behaves once it is told to go on. */
const behaviours = {
  returns: () => ({ treeDigest: "first" }),
  "throws a ConnectError": () => {
    throw new ConnectError("the disk is gone", Code.FailedPrecondition, undefined, [
      { desc: ErrorInfoSchema, value: { reason: "DISK_GONE", domain: "disks.example" } },
    ]);
  },
  "throws an Error": () => {
    throw new Error("secret");
  },
  "throws a string": () => {
    throw "secret";
  },
  "throws the abort reason": (signal: AbortSignal) => {
    throw signal.reason;
  },
  "throws an upstream Canceled": () => {
    throw new ConnectError("the upstream gave up", Code.Canceled);
  },
  "ignores the signal": () => ({ treeDigest: "first" }),
} satisfies Record<string, (signal: AbortSignal) => { treeDigest: string }>;

type Behaviour = keyof typeof behaviours;
type Event = "nothing" | "cancel" | "shutdown" | "lease lost to time" | "lease lost to another";
type End = keyof typeof ends;

const ends = {
  first: { kind: "succeeded", response: { treeDigest: "first" } },
  // The second attempt goes on where the first one's metadata left off.
  second: { kind: "succeeded", response: { treeDigest: "second" } },
  own: {
    kind: "failed",
    error: { code: Code.FailedPrecondition, rawMessage: "the disk is gone", reason: "DISK_GONE" },
  },
  internal: {
    kind: "failed",
    error: {
      code: Code.Internal,
      rawMessage: "the operation failed for an internal reason",
      reason: "HANDLER_FAILED",
    },
  },
  upstream: {
    kind: "cancelled",
    error: { code: Code.Canceled, rawMessage: "the upstream gave up", reason: undefined },
  },
  cancelled: {
    kind: "cancelled",
    error: {
      code: Code.Canceled,
      rawMessage: "the operation was cancelled",
      reason: "OPERATION_CANCELLED",
    },
  },
};

// biome-ignore format: a table reads better.
const table: Record<Behaviour, Record<Event, End>> = {
  returns:                       { nothing: "first",    cancel: "first",     shutdown: "second", "lease lost to time": "first",  "lease lost to another": "second" },
  "throws a ConnectError":       { nothing: "own",      cancel: "cancelled", shutdown: "second", "lease lost to time": "second", "lease lost to another": "second" },
  "throws an Error":             { nothing: "internal", cancel: "cancelled", shutdown: "second", "lease lost to time": "second", "lease lost to another": "second" },
  "throws a string":             { nothing: "internal", cancel: "cancelled", shutdown: "second", "lease lost to time": "second", "lease lost to another": "second" },
  "throws the abort reason":     { nothing: "internal", cancel: "cancelled", shutdown: "second", "lease lost to time": "second", "lease lost to another": "second" },
  "throws an upstream Canceled": { nothing: "upstream", cancel: "cancelled", shutdown: "second", "lease lost to time": "second", "lease lost to another": "second" },
  "ignores the signal":          { nothing: "first",    cancel: "cancelled", shutdown: "second", "lease lost to time": "first",  "lease lost to another": "second" },
};

const cells = Object.entries(table).flatMap(([behaviour, row]) =>
  Object.entries(row).map(([event, end]) => ({ behaviour, event, end })),
) as { behaviour: Behaviour; event: Event; end: End }[];

describe.each(stores)("on $name", ({ open }) => {
  test.each(cells)("$behaviour, $event: $end", async ({ behaviour, event, end }) => {
    const clock = steppedClock();
    await using shared = await open(clock);
    const [linkA, linkB] = [linkTo(shared.store), linkTo(shared.store)];
    const [goOn, act, secondMay, settled] = [gate(), gate(), gate(), gate()];
    let signal!: AbortSignal;
    let stored: bigint | undefined;

    const tree: TreeHandler = async (_, operation) => {
      if (operation.attempt > 1) {
        stored = operation.metadata?.filesDone;
        await secondMay.passed;
        return { treeDigest: "second" };
      }
      signal = operation.signal;
      await operation.report({ filesDone: 7n });
      await goOn.passed;
      // Nobody awaits this one, so it is stored with the ending, if the attempt has one.
      operation.report({ filesDone: 8n });
      await act.passed;
      queueMicrotask(settled.open);
      return behaviours[behaviour](signal);
    };
    const options = { clock, leaseMs, cancelGraceMs, sweepIntervalMs: cancelGraceMs };
    await using a = replica(tree, { ...options, store: linkA.store });
    await using b = replica(tree, { ...options, store: linkB.store, work: false });
    const state = async (name: string) => (await b.outcome(name)).kind;

    const name = await a.start();
    await until(async () => (await b.outcome(name)).metadata?.filesDone === 7n);
    goOn.open();
    await turns();

    const ignores = behaviour === "ignores the signal";
    let filesDone = 8n;
    switch (event) {
      case "nothing":
        expect(signal.aborted).toBe(false);
        break;
      case "cancel":
        await b.api.cancelOperation({ name });
        await until(() => signal.aborted);
        expect(signal.reason).toMatchObject({ code: Code.Canceled });
        if (ignores) {
          filesDone = 7n;
          await clock.advance(cancelGraceMs - 1);
          expect(await state(name)).toBe("running");
          await clock.advance(1);
          await until(async () => (await state(name)) === "cancelled");
        }
        break;
      case "shutdown": {
        const closing = a.operations.close({ drainMs: 100 });
        await clock.advance(99);
        expect(signal.aborted).toBe(false);
        await clock.advance(1);
        await closing;
        expect(signal.reason).toMatchObject({ code: Code.Unavailable });
        break;
      }
      case "lease lost to time":
        linkA.down = true;
        await clock.advance(leaseMs * 0.8);
        expect(signal.aborted).toBe(false);
        await clock.advance(leaseMs * 0.3);
        expect(signal.reason).toMatchObject({ code: Code.Unavailable });
        linkA.down = false;
        break;
      case "lease lost to another":
        filesDone = 7n;
        linkA.down = true;
        b.operations.work();
        await clock.advance(leaseMs);
        await until(() => linkB.claims.length === 1);
        linkA.down = false;
        break;
    }

    act.open();
    await settled.passed;
    await turns();
    if (event === "lease lost to another") {
      // The first attempt has nothing to say any more, while the second one runs.
      expect(await b.outcome(name)).toMatchObject({ kind: "running", metadata: { filesDone: 7n } });
    }
    b.operations.work();
    secondMay.open();
    await until(async () => (await state(name)) !== "running");

    const outcome = await b.outcome(name);
    expect(outcome).toMatchObject({ name, metadata: { filesDone } });
    expect(described(outcome)).toMatchObject(ends[end]);
    const claims = [...linkA.claims, ...linkB.claims].filter((claim) => claim.attempt > 1);
    const losses = event === "lease lost to another" ? 1 : 0;
    expect(claims.map((claim) => [claim.attempt, claim.losses])).toEqual(
      end === "second" ? [[2, losses]] : [],
    );
    expect(stored).toBe(end === "second" ? filesDone : undefined);
    const told = a.errors.filter(({ context }) => context.source === "handler");
    expect(told).toHaveLength(end === "internal" ? 1 : 0);
  });
});

function described(outcome: Awaited<ReturnType<ReturnType<typeof replica>["outcome"]>>) {
  if (!("error" in outcome)) {
    return outcome;
  }
  const { code, rawMessage } = outcome.error;
  const reason = outcome.error.findDetails(ErrorInfoSchema)[0]?.reason;
  return { kind: outcome.kind, error: { code, rawMessage, reason } };
}
