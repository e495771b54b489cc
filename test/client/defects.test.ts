// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { ListAlgorithmsResponseSchema } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { BadRequestSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { createOperationClient } from "../../src/client/index.ts";
import { OperationError, packAny, succeeded } from "../../src/index.ts";
import { createRestTransport } from "../../src/rest/index.ts";
import { until } from "../server/turns.ts";
import { azurePoller } from "./unit/azure-poller.ts";
import { at, endedAt, endedWith, name } from "./unit/checksum-states.ts";
import type { ChecksumHandle } from "./unit/followed.ts";
import { type GaxClient, gaxClient } from "./unit/gax-operation.ts";
import { type OneOperationServer, oneOperationServer } from "./unit/one-operation-server.ts";

let server: OneOperationServer;
let overGrpc: GaxClient;
let overRest: GaxClient;

beforeAll(async () => {
  vi.stubEnv("METADATA_SERVER_DETECTION", "none");
  server = await oneOperationServer();
  overGrpc = gaxClient(server);
  overRest = gaxClient({ port: server.port, rest: true });
});

beforeEach(() => {
  server.tell(() => endedAt(1));
});

afterAll(async () => {
  overGrpc.close();
  overRest.close();
  await server[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});

const polling = { initialDelayMs: 5, maxDelayMs: 5 };

/** The operation as our client follows it. */
function ours({ rest = false } = {}): ChecksumHandle {
  const { baseUrl } = server;
  const transport = rest ? createRestTransport({ baseUrl }) : createGrpcTransport({ baseUrl });
  const client = createOperationClient(ChecksumServiceOperations, transport, { polling });
  return client.checksumTree.resume(name);
}

async function reasonOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable("it should have been rejected"),
    (reason: unknown) => reason,
  );
}

/** Whether a promise settles at all: at the latest once another wait, begun later, has. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let has = false;
  const settle = () => {
    has = true;
  };
  promise.then(settle, settle);
  for (let round = 0; round < 3; round += 1) {
    await overGrpc.operation().promise();
  }
  return has;
}

describe("google-gax", () => {
  test("hangs when the result is asked for again; ours gives it as often as asked", async () => {
    const gax = overGrpc.operation();
    await gax.promise();
    expect(await settles(gax.promise())).toBe(false);
    const handle = ours();
    const results = [await handle.result(), await handle.result(), await handle.result()];
    expect(results.map(({ files }) => files)).toEqual([1n, 1n, 1n]);
  });

  test("loses the details of an error; ours finds them by type", async () => {
    const badRequest = { fieldViolations: [{ field: "root", description: "is on fire" }] };
    const details = [packAny(BadRequestSchema, badRequest)];
    server.tell(() => endedWith({ code: Code.FailedPrecondition, message: "no", details }));
    const gaxError = await reasonOf(overGrpc.operation().promise());
    expect(gaxError).toMatchObject({ code: Code.FailedPrecondition, message: "no" });
    expect(gaxError).toHaveProperty("statusDetails", undefined);
    expect(JSON.stringify(gaxError)).not.toContain("fire");
    const error = await reasonOf(ours().result());
    expect(error instanceof OperationError && error.findDetails(BadRequestSchema)).toMatchObject([
      badRequest,
    ]);
  });

  test("reads a response of another type as its own; ours says what came instead", async () => {
    const response = packAny(ListAlgorithmsResponseSchema, { algorithms: ["sha256"] });
    server.tell(() => succeeded({ name, response }));
    const [misread] = (await overGrpc.operation().promise()) as [object];
    expect(misread).toMatchObject({ treeDigest: "sha256" });
    await expect(ours().result()).rejects.toThrow(
      'the response is "type.googleapis.com/checksum.v1.ListAlgorithmsResponse", expected checksum.v1.ChecksumTreeResponse',
    );
  });

  const retryInfo = { desc: RetryInfoSchema, value: { retryDelay: { nanos: 1e6 } } };

  test.each([
    ["of which the server asks for more time", Code.ResourceExhausted, [retryInfo]],
    ["whose stream a proxy has reset", Code.Canceled, []],
  ])("gives up at the first poll %s; ours goes on", async (_, code, details) => {
    const answer = (count: number) => {
      if (count === 0) {
        throw new ConnectError("not now", code, undefined, details);
      }
      return endedAt(1);
    };
    server.tell(answer);
    await expect(overGrpc.operation().promise()).rejects.toThrow("not now");
    server.tell(answer);
    const onPollError = vi.fn();
    expect(await ours().result({ onPollError })).toMatchObject({ files: 1n });
    expect(onPollError).toHaveBeenCalledOnce();
  });

  test("takes no AbortSignal; ours stops for it, with its reason, and frees the call", async () => {
    const signal = AbortSignal.abort("enough");
    const gax = overGrpc.operation();
    const wait: (options: object) => Promise<unknown> = () => gax.promise();
    expect(gax.promise).toHaveLength(0);
    expect(await wait({ signal })).toHaveLength(3);
    server.tell(() => new Promise(() => {}));
    await expect(ours().result({ signal })).rejects.toBe("enough");
    expect(server.calls).toEqual([]);
    const abort = new AbortController();
    const result = ours().result({ signal: abort.signal });
    await until(() => server.calls.length === 1);
    abort.abort("enough");
    await expect(result).rejects.toBe("enough");
  });

  test("polls what can be waited for; ours waits, with one call", async () => {
    server.tell((count, method) =>
      method === "GetOperation" && count < 5 ? at(count) : endedAt(1),
    );
    await overGrpc.operation().promise();
    expect(server.calls).toEqual(Array(6).fill("GetOperation"));
    server.tell(() => endedAt(1));
    await ours().result();
    expect(server.calls).toEqual(["WaitOperation"]);
  });

  test("fails over REST for a type that it does not know; ours reads all the rest", async () => {
    const details = [{ "@type": "type.googleapis.com/nobody.v1.Knows", a: 1 }];
    const error = { code: Code.Aborted, message: "pre-empted", details };
    server.tellJson({ name, done: true, error });
    const gaxError = await reasonOf(overRest.operation().promise());
    expect(String(gaxError)).toContain("no such type: nobody.v1.Knows");
    expect(gaxError).not.toMatchObject({ code: Code.Aborted });
    await expect(ours({ rest: true }).result()).rejects.toMatchObject({
      name: "OperationError",
      code: Code.Aborted,
      rawMessage: "pre-empted",
    });
  });
});

describe("@azure/core-lro", () => {
  const azure = (options: { readonly restoreFrom?: string; readonly retryAfter?: string } = {}) =>
    azurePoller({ baseUrl: server.baseUrl, ...options });

  test("is of no use after one abort; of ours the next wait succeeds", async () => {
    const poller = azure();
    const abortSignal = AbortSignal.abort();
    await expect(poller.pollUntilDone({ abortSignal })).rejects.toThrow("abort");
    await expect(poller.pollUntilDone()).rejects.toThrow("abort");
    const handle = ours();
    await expect(handle.result({ signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
    expect(await handle.result()).toMatchObject({ files: 1n });
  });

  test("restored, throws {} for what had failed; ours throws the error of the operation", async () => {
    server.tell(() => endedWith({ code: Code.DataLoss, message: "the disk is gone" }));
    const poller = azure();
    await expect(poller.pollUntilDone()).rejects.toThrow();
    const restored = azure({ restoreFrom: await poller.serialize() });
    expect(await reasonOf(restored.pollUntilDone())).toEqual({});
    const first = ours();
    await expect(first.result()).rejects.toThrow("[data_loss] the disk is gone");
    // All that has to be kept is the name.
    await expect(ours().result()).rejects.toThrow("[data_loss] the disk is gone");
  });

  test("stops to wait when a progress callback throws; of ours the wait goes on", async () => {
    server.tell((count) => (count < 3 ? at(count) : endedAt(9)));
    const poller = azure();
    poller.onProgress(() => {
      throw new Error("a bug in the progress bar");
    });
    await expect(poller.pollUntilDone()).rejects.toThrow("a bug in the progress bar");
    expect(poller.isDone).toBe(false);
    const handle = ours();
    const result = handle.result();
    await expect(async () => {
      for await (const _ of handle.progress()) {
        throw new Error("a bug in the progress bar");
      }
    }).rejects.toThrow("a bug in the progress bar");
    expect(await result).toMatchObject({ files: 9n });
  });

  test("polls in a tight loop when told to come back in a month; ours comes back in a minute", async () => {
    const month = String(31 * 24 * 3_600);
    // Beyond the longest timer, which is a little less than 25 days.
    server.tell((count) => (count < 9 ? at(1) : endedAt(1)));
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    await azure({ retryAfter: month }).pollUntilDone();
    warned.mockRestore();
    expect(server.calls).toHaveLength(10);

    server.tell(() => {
      throw new ConnectError("come back in a month", Code.Unavailable, { "retry-after": month });
    });
    const abort = new AbortController();
    const delays: number[] = [];
    const result = ours().result({
      signal: abort.signal,
      onPollError(_, { delayMs }) {
        delays.push(delayMs);
        abort.abort("seen");
      },
    });
    await expect(result).rejects.toBe("seen");
    expect(delays).toHaveLength(1);
    expect(delays[0]).toBeGreaterThanOrEqual(60_000);
    expect(delays[0]).toBeLessThan(61_000);
    expect(server.calls).toHaveLength(1);
  });
});

describe("what users of other clients ask for most", () => {
  test("resuming by name, in another process", async () => {
    const started = await createOperationClient(
      ChecksumServiceOperations,
      createGrpcTransport({ baseUrl: server.baseUrl }),
    ).checksumTree({ root: "." });
    const kept: string = JSON.parse(JSON.stringify(started.name));
    const elsewhere = createOperationClient(
      ChecksumServiceOperations,
      createRestTransport({ baseUrl: server.baseUrl }),
    );
    expect(await elsewhere.checksumTree.resume(kept).result()).toMatchObject({ treeDigest: "abc" });
  });

  test("typed responses and metadata", async () => {
    const handle = ours();
    const { treeDigest, files } = await handle.result();
    const typed: [string, bigint, bigint | undefined] = [
      treeDigest,
      files,
      handle.metadata?.filesDone,
    ];
    expect(typed).toEqual(["abc", 1n, 1n]);
  });

  test("the details of errors, also over REST", async () => {
    const details = [packAny(BadRequestSchema, { fieldViolations: [{ field: "root" }] })];
    server.tell(() => endedWith({ code: Code.InvalidArgument, message: "no", details }));
    for (const rest of [false, true]) {
      const error = await reasonOf(ours({ rest }).result());
      expect(error).toBeInstanceOf(OperationError);
      expect((error as OperationError).operation.name).toBe(name);
      if (!rest) {
        expect((error as OperationError).findDetails(BadRequestSchema)).toHaveLength(1);
      }
    }
  });

  test("a wait that always settles, even if the server never answers or is gone", async () => {
    server.tell(() => new Promise(() => {}));
    const mute = ours().result({ timeoutMs: 100 });
    await expect(mute).rejects.toMatchObject({ kind: "timed-out", operationName: name });
    // Nobody listens there.
    const gone = createGrpcTransport({ baseUrl: "http://127.0.0.1:1" });
    const handle = createOperationClient(ChecksumServiceOperations, gone).checksumTree.resume(name);
    await expect(handle.result({ timeoutMs: 100 })).rejects.toMatchObject({ kind: "timed-out" });
  });

  test("a poll interval that they control", async () => {
    server.tell((count, method) => {
      if (method === "WaitOperation") {
        throw new ConnectError("there is none", Code.Unimplemented);
      }
      return count < 20 ? at(1) : endedAt(1);
    });
    const beganMs = performance.now();
    await ours().result();
    // Twenty polls that are 5 ms apart at most; by default they would take a minute.
    expect(performance.now() - beganMs).toBeLessThan(5_000);
    expect(server.calls.filter((method) => method === "GetOperation")).toHaveLength(20);
  });

  test("cancelling as something else than giving up", async () => {
    server.tell(() => at(1));
    const handle = ours();
    await expect(handle.result({ timeoutMs: 50 })).rejects.toMatchObject({ kind: "timed-out" });
    expect(server.calls).not.toContain("CancelOperation");
    server.tell(() => endedWith({ code: Code.Canceled, message: "as you wished" }));
    const result = reasonOf(handle.result());
    await handle.cancel();
    expect(await result).toMatchObject({ name: "OperationError", code: Code.Canceled });
    expect(server.calls).toContain("CancelOperation");
  });

  test("progress", async () => {
    server.tell((count) => (count < 4 ? at(count + 1) : endedAt(5)));
    const seen: bigint[] = [];
    for await (const { filesDone } of ours().progress()) {
      seen.push(filesDone);
    }
    expect(seen).toEqual([1n, 2n, 3n, 4n, 5n]);
  });

  test("REST that survives types that nobody knows", async () => {
    server.tellJson({ name, metadata: { "@type": "type.googleapis.com/nobody.v1.Knows", a: 1 } });
    const handle = ours({ rest: true });
    expect(await handle.poll()).toMatchObject({ kind: "running", metadata: undefined });
    server.tell(() => endedAt(1));
    expect(await handle.result()).toMatchObject({ treeDigest: "abc" });
    expect(handle.metadata?.filesDone).toBe(1n);
  });
});
