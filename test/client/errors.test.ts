// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { anyPack, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { type Operation, OperationSchema } from "../../gen/google/longrunning/operations_pb.ts";
import { WaitError } from "../../src/client/index.ts";
import { OperationError, succeeded } from "../../src/index.ts";
import { turns } from "../server/turns.ts";
import { at, endedWith, name } from "./unit/checksum-states.ts";
import { anyDelayMs, type Followed, followed } from "./unit/followed.ts";

const otherResponse = anyPack(StringValueSchema, create(StringValueSchema, { value: "x" }));
const malformed = {
  $typeName: "google.protobuf.Any" as const,
  typeUrl: "type.googleapis.com/checksum.v1.ChecksumTreeResponse",
  value: Uint8Array.of(0xff),
};

/** Waits for an operation that has ended so. */
function ended(operation: Operation) {
  return ({ resume }: Followed) => resume(operation).result();
}

/** Waits, and has something happen to it. */
function interrupted(happen: (all: Followed) => void) {
  return async (all: Followed) => {
    const result = all.resume(at(3)).result({ timeoutMs: 5_000 });
    result.catch(() => {});
    await turns();
    happen(all);
    return result;
  };
}

/** Makes a call that is answered so, each time. */
function failing(call: (all: Followed) => Promise<unknown>, error: ConnectError) {
  return async (all: Followed) => {
    let isOver = false;
    const promise = call(all).finally(() => {
      isOver = true;
    });
    promise.catch(() => {});
    for (let attempt = 0; attempt < 9 && !isOver; attempt += 1) {
      await turns();
      all.script.pending[0]?.fail(error);
      await turns();
      all.clock.advance(anyDelayMs);
      await turns();
    }
    return promise;
  };
}

const aborted = new DOMException("The caller is bored", "AbortError");
const unavailable = new ConnectError("away", Code.Unavailable);
const denied = new ConnectError("not you", Code.PermissionDenied);

type Kind = "OperationError" | "WaitError" | "ConnectError" | "reason";

interface Row {
  readonly what: string;
  readonly reject: (all: Followed) => Promise<unknown>;
  readonly is: Kind;
  /** What `ConnectError.from` makes of it. */
  readonly codeFrom: Code;
  readonly message: string;
  readonly more?: object;
  /** Whether there is a cause: an error that says why. */
  readonly cause?: object;
}

const rows: readonly Row[] = [
  ...([Code.Unavailable, Code.DeadlineExceeded, Code.ResourceExhausted, Code.Aborted] as const).map(
    (code): Row => ({
      what: `an operation that failed ${Code[code]}`,
      reject: ended(endedWith({ code, message: "the disk is gone" })),
      is: "OperationError",
      codeFrom: Code.Unknown,
      message: `[${new ConnectError("", code).message.slice(1, -1)}] the disk is gone`,
      more: { code, rawMessage: "the disk is gone" },
    }),
  ),
  {
    what: "an operation that was cancelled",
    reject: ended(endedWith({ code: Code.Canceled, message: "as you wished" })),
    is: "OperationError",
    codeFrom: Code.Unknown,
    message: "[canceled] as you wished",
    more: { code: Code.Canceled },
  },
  {
    what: "an operation without a result",
    reject: ended(create(OperationSchema, { name, done: true })),
    is: "OperationError",
    codeFrom: Code.Unknown,
    message: "[internal] the response is missing, expected checksum.v1.ChecksumTreeResponse",
    more: { code: Code.Internal },
  },
  {
    what: "an operation with a result of another type",
    reject: ended(succeeded({ name, response: otherResponse })),
    is: "OperationError",
    codeFrom: Code.Unknown,
    message:
      '[internal] the response is "type.googleapis.com/google.protobuf.StringValue", expected checksum.v1.ChecksumTreeResponse',
    more: { code: Code.Internal },
  },
  {
    what: "an operation with a result that does not parse",
    reject: ended(succeeded({ name, response: malformed })),
    is: "OperationError",
    codeFrom: Code.Unknown,
    message: "[internal] the response is malformed, expected checksum.v1.ChecksumTreeResponse",
    more: { code: Code.Internal },
    cause: expect.any(Error),
  },
  {
    what: "time that has passed",
    reject: interrupted(({ clock }) => clock.advance(5_000)),
    is: "WaitError",
    codeFrom: Code.Unknown,
    message: `"${name}"`,
    more: { kind: "timed-out", operationName: name, operation: at(3) },
  },
  {
    what: "contact that was lost",
    reject: interrupted(({ script }) => script.only().fail(denied)),
    is: "WaitError",
    codeFrom: Code.Unknown,
    message: "[permission_denied] not you",
    more: { kind: "lost-contact", operationName: name, operation: at(3) },
    cause: { name: "ConnectError", code: Code.PermissionDenied },
  },
  {
    what: "a signal that aborted",
    reject: ({ resume }) => resume().result({ signal: AbortSignal.abort(aborted) }),
    is: "reason",
    codeFrom: Code.Canceled,
    message: "The caller is bored",
  },
  {
    what: "a start that failed",
    reject: failing(({ client }) => client.checksumTree({ root: "." }), unavailable),
    is: "ConnectError",
    codeFrom: Code.Unavailable,
    message: "[unavailable] away",
  },
  {
    what: "a poll that was refused",
    reject: failing(({ resume }) => resume().poll(), denied),
    is: "ConnectError",
    codeFrom: Code.PermissionDenied,
    message: "[permission_denied] not you",
  },
  {
    what: "a poll that nobody answered",
    reject: failing(({ resume }) => resume().poll(), unavailable),
    is: "ConnectError",
    codeFrom: Code.Unavailable,
    message: "[unavailable] away",
  },
  {
    what: "a cancel that was refused",
    reject: failing(({ resume }) => resume().cancel(), denied),
    is: "ConnectError",
    codeFrom: Code.PermissionDenied,
    message: "[permission_denied] not you",
  },
  {
    what: "a delete that was refused",
    reject: failing(({ resume }) => resume().delete(), denied),
    is: "ConnectError",
    codeFrom: Code.PermissionDenied,
    message: "[permission_denied] not you",
  },
];

async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable("it should have been rejected"),
    (reason: unknown) => reason,
  );
}

describe.each(rows)("$what", ({ reject, is, codeFrom, message, more = {}, cause }) => {
  test("can be told from all else", async () => {
    const reason = await reasonOf(reject(followed()));
    expect({
      OperationError: reason instanceof OperationError,
      WaitError: reason instanceof WaitError,
      ConnectError: reason instanceof ConnectError,
      reason: reason === aborted,
    }).toEqual({
      ...{ OperationError: false, WaitError: false, ConnectError: false, reason: false },
      [is]: true,
    });
    expect(reason).toBeInstanceOf(Error);
    expect(reason).toMatchObject({ name: is === "reason" ? "AbortError" : is, ...more });
  });

  test("says why", async () => {
    const reason = (await reasonOf(reject(followed()))) as Error;
    expect(reason.message).toContain(message);
    if (cause === undefined) {
      expect(reason.cause).toBeUndefined();
    } else {
      expect(reason.cause).toMatchObject(cause);
    }
  });

  test("is to those who only know ConnectError what it should be", async () => {
    const reason = await reasonOf(reject(followed()));
    const error = ConnectError.from(reason);
    expect(error.code).toBe(codeFrom);
    expect(error.rawMessage).toContain((reason as Error).message.replace(/^\[\w+\] /, ""));
    if (is === "OperationError" || is === "WaitError") {
      expect(error.cause).toBe(reason);
      expect([Code.Unavailable, Code.DeadlineExceeded]).not.toContain(error.code);
    }
  });
});

describe("a WaitError", () => {
  test("has no code, by which others would take it for an RPC", async () => {
    const all = followed();
    const reason = await reasonOf(interrupted(({ clock }) => clock.advance(5_000))(all));
    expect(Object.keys(reason as object)).not.toContain("code");
    expect("code" in (reason as object)).toBe(false);
  });

  test("is narrowed by its kind, and holds what to go on by", async () => {
    const all = followed();
    const reason = await reasonOf(interrupted(({ script }) => script.only().fail(denied))(all));
    if (!(reason instanceof WaitError)) {
      return expect.unreachable();
    }
    switch (reason.kind) {
      case "timed-out":
        return expect.unreachable();
      case "lost-contact": {
        const cause: ConnectError | undefined = reason.cause;
        expect(cause?.code).toBe(Code.PermissionDenied);
      }
    }
    const { script, client } = all;
    const again = client.checksumTree.resume(reason.operationName);
    void again.result();
    await turns();
    expect(script.only().request).toMatchObject({ name });
  });

  test("holds up when read aloud", async () => {
    const all = followed();
    const timedOut = await reasonOf(interrupted(({ clock }) => clock.advance(5_000))(all));
    const lost = await reasonOf(
      interrupted(({ script }) => script.only().fail(denied))(followed()),
    );
    expect((timedOut as Error).message).toBe(
      'stopped waiting for "operations/1", which may go on: it has not ended in the time given',
    );
    expect((lost as Error).message).toBe(
      'stopped waiting for "operations/1", which may go on: contact was lost: [permission_denied] not you',
    );
  });
});
