// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, createRouterTransport, type Interceptor } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { type Operation, Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { createOperationClient } from "../../src/client/index.ts";
import { turns } from "../server/turns.ts";
import { at, endedWith, name } from "./unit/checksum-states.ts";
import { countedClock } from "./unit/counted-clock.ts";
import { anyDelayMs, followed } from "./unit/followed.ts";

const unavailable = new ConnectError("away", Code.Unavailable);

interface Retrying {
  readonly starts: () => number;
  readonly run: () => Promise<unknown>;
}

/** What a server does once it has started an operation. */
interface Fate {
  readonly what: string;
  readonly state: () => Operation;
  readonly timeoutMs?: number;
}

const fates: readonly Fate[] = [
  { what: "failed UNAVAILABLE", state: () => endedWith({ code: Code.Unavailable }) },
  { what: "failed DEADLINE_EXCEEDED", state: () => endedWith({ code: Code.DeadlineExceeded }) },
  { what: "was not done in time", state: () => at(1), timeoutMs: 200 },
  {
    what: "went out of sight",
    state() {
      throw new ConnectError("no such operation", Code.NotFound);
    },
  },
  {
    what: "was out of reach until nobody waited any more",
    state() {
      throw new ConnectError("away", Code.Unavailable);
    },
    timeoutMs: 200,
  },
];

/** Starts an operation of which this becomes, and waits for it. */
function retrying({ state, timeoutMs }: Fate, interceptors: Interceptor[]): Retrying {
  const clock = countedClock();
  let starts = 0;
  const transport = createRouterTransport(
    ({ service }) => {
      service(ChecksumServiceOperations, {
        checksumTree() {
          starts += 1;
          return at(0);
        },
      });
      service(Operations, { getOperation: () => state() });
    },
    { transport: { interceptors } },
  );
  const client = createOperationClient(ChecksumServiceOperations, transport, { clock });
  return {
    starts: () => starts,
    async run() {
      const handle = await client.checksumTree({ root: "." });
      const result = handle.result({ ...(timeoutMs !== undefined && { timeoutMs }) });
      let isOver = false;
      const over = () => {
        isOver = true;
      };
      result.then(over, over);
      while (!isOver) {
        await turns(1);
        clock.advance(20);
      }
      return result;
    },
  };
}

/** As they are found in many a program. */
const retryInterceptor: Interceptor = (next) => async (request) => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await next(request);
    } catch (error) {
      const { code } = ConnectError.from(error);
      if (attempt === 3 || (code !== Code.Unavailable && code !== Code.DeadlineExceeded)) {
        throw error;
      }
    }
  }
};

async function retryAll(run: () => Promise<unknown>): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      const { code } = ConnectError.from(error);
      if (attempt === 3 || (code !== Code.Unavailable && code !== Code.DeadlineExceeded)) {
        throw error;
      }
    }
  }
}

async function retryConnectErrors(run: () => Promise<unknown>): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt === 3 || !(error instanceof ConnectError) || error.code !== Code.Unavailable) {
        throw error;
      }
    }
  }
}

describe.each(fates)("an operation that $what is started once", (fate) => {
  test("by a transport that retries", async () => {
    const { run, starts } = retrying(fate, [retryInterceptor]);
    await expect(run()).rejects.not.toBeInstanceOf(ConnectError);
    expect(starts()).toBe(1);
  });

  test.each([
    ["what `ConnectError.from` says is UNAVAILABLE or DEADLINE_EXCEEDED", retryAll],
    ["ConnectErrors with UNAVAILABLE", retryConnectErrors],
  ])("by a wrapper that retries %s", async (_, retry) => {
    const { run, starts } = retrying(fate, []);
    await expect(retry(run)).rejects.not.toBeInstanceOf(ConnectError);
    expect(starts()).toBe(1);
  });
});

test("and yet those wrappers do retry a start that nobody answered", async () => {
  const { resume: _, ...all } = followed();
  const run = retryAll(() => all.client.checksumTree({ root: "." }));
  await turns();
  all.script.only().fail(unavailable);
  await turns();
  all.script.only().answer(at(0));
  expect(await run).toMatchObject({ name });
  expect(all.script.calls.map(({ method }) => method)).toEqual(["ChecksumTree", "ChecksumTree"]);
});

test("a start is never made again by the client itself", async () => {
  const { client, script, clock } = followed();
  const start = client.checksumTree({ root: "." });
  await turns();
  script.only().fail(unavailable);
  await expect(start).rejects.toMatchObject({ code: Code.Unavailable });
  clock.advance(anyDelayMs);
  await turns();
  expect(script.calls).toHaveLength(1);
});
