// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import {
  type Authorize,
  createOperations,
  memoryStore,
  type OperationStore,
} from "../../src/server/index.ts";
import { linkTo } from "./link.ts";
import { newOperation } from "./new-operation.ts";
import { type RawAnswer, type RawCaller, rawCaller, type Wire } from "./raw-call.ts";
import { steppedClock } from "./stepped-clock.ts";

const name = "operations/wanted";
const response = { typeUrl: "type.example/x", value: new Uint8Array(100_000).fill(97) };
const metadata = { typeUrl: "type.example/x", value: new Uint8Array(1_000) };

async function insert(store: OperationStore, owner: string, done: boolean): Promise<void> {
  await store.insert(
    newOperation(name, { owner, metadata }),
    done ? { kind: "done", result: { kind: "response", response } } : { kind: "queued" },
  );
}

/** What the caller, Alice, may find in the store. */
const situations = {
  own: (store: OperationStore) => insert(store, "alice", true),
  "own, deleted": async (store: OperationStore) => {
    await insert(store, "alice", true);
    await store.delete(name);
  },
  "never issued": async () => undefined,
  "another's, queued": (store: OperationStore) => insert(store, "bob", false),
  "another's, done": (store: OperationStore) => insert(store, "bob", true),
  "another's, deleted": async (store: OperationStore) => {
    await insert(store, "bob", true);
    await store.delete(name);
  },
  "another's, cancelled and deleted": async (store: OperationStore) => {
    await insert(store, "bob", false);
    await store.cancel(name, { kind: "error", code: 1, status: new Uint8Array([8, 1]) });
    await store.delete(name);
  },
} as const;
type Situation = keyof typeof situations;
const [own, ownDeleted, never, ...others] = Object.keys(situations) as Situation[];

type Ask = (call: RawCaller, options: { wire: Wire; caller: string }) => Promise<RawAnswer>;

const seconds = (n: number) => ({ seconds: BigInt(n), nanos: 0 });

// What is valid, and what is not in each way that it may be.
const questions: Readonly<Record<string, Ask>> = {
  get: (call, options) => call("getOperation", { name }, options),
  delete: (call, options) => call("deleteOperation", { name }, options),
  cancel: (call, options) => call("cancelOperation", { name }, options),
  "wait, for as long as it may": (call, options) => call("waitOperation", { name }, options),
  "wait, for no time": (call, options) =>
    call("waitOperation", { name, timeout: seconds(0) }, options),
  "wait, for negative time": (call, options) =>
    call("waitOperation", { name, timeout: seconds(-1) }, options),
  "wait, for ten thousand years": (call, options) =>
    call("waitOperation", { name, timeout: seconds(315_576_000_000) }, options),
  list: (call, options) => call("listOperations", {}, options),
  "list, with a filter": (call, options) =>
    call("listOperations", { filter: `name = "${name}"` }, options),
  "list, with a filter by text": (call, options) =>
    call("listOperations", { filter: "wanted" }, options),
  "list, with a negative page size": (call, options) =>
    call("listOperations", { pageSize: -1 }, options),
  "list, with a token that is none": (call, options) =>
    call("listOperations", { pageToken: "x" }, options),
  "list, with a filter that is none": (call, options) =>
    call("listOperations", { filter: "name = (" }, options),
  "list, of partial success": (call, options) =>
    call("listOperations", { returnPartialSuccess: true }, options),
  "list, of the operation": (call, options) => call("listOperations", { name }, options),
  ...Object.fromEntries(
    ["", "operations", "operations/", `${name}/x`, `${name}/`, name.repeat(100)].flatMap(
      (malformed): [string, Ask][] => [
        [
          `get "${malformed.slice(0, 30)}"`,
          (call, o) => call("getOperation", { name: malformed }, o),
        ],
        [
          `wait "${malformed.slice(0, 30)}"`,
          (call, o) => call("waitOperation", { name: malformed }, o),
        ],
        [
          `cancel "${malformed.slice(0, 30)}"`,
          (call, o) => call("cancelOperation", { name: malformed }, o),
        ],
        [
          `delete "${malformed.slice(0, 30)}"`,
          (call, o) => call("deleteOperation", { name: malformed }, o),
        ],
      ],
    ),
  ),
};

/** The answer to Alice, and what was called of the store for it. */
async function answerIn(
  situation: Situation,
  question: Ask,
  how: { wire: Wire; authorize?: Authorize },
) {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  await situations[situation](store);
  const link = linkTo(store);
  await using operations = createOperations({
    store: link.store,
    clock,
    principal: ({ requestHeader }) => requestHeader.get("x-caller") ?? undefined,
    ...(how.authorize && { authorize: how.authorize }),
    onError: (error) => expect.fail(String(error)),
  });
  const answer = await question(rawCaller(operations), { wire: how.wire, caller: "alice" });
  const { calls } = link;
  return { answer, calls: { ...calls } };
}

describe.each<Wire>(["connect+proto", "connect+json", "grpc"])("over %s", (wire) => {
  test.each(Object.entries(questions))(
    "%s: what is another's is not to be told from what there never was",
    async (title, question) => {
      const hidden = await answerIn(never as Situation, question, { wire });
      for (const situation of [ownDeleted as Situation, ...others]) {
        expect({ situation, ...(await answerIn(situation, question, { wire })) }).toEqual({
          situation,
          ...hidden,
        });
      }
      const { answer } = await answerIn(own as Situation, question, { wire });
      const tells = /^(get|delete|cancel|wait, .*|list|list, with a filter( by text)?)$/.test(
        title,
      );
      expect(JSON.stringify(answer) !== JSON.stringify(hidden.answer)).toBe(tells);
    },
  );
});

describe("under rules of one's own", () => {
  const ask = (action: string): Ask => questions[action] ?? (() => expect.fail(action));

  test.each(["get", "delete", "cancel", "wait, for negative time", "list"])(
    "%s: what is denied is denied before anybody knows whether it is there",
    async (action) => {
      const authorize: Authorize = () => {
        throw new ConnectError("not you", Code.PermissionDenied);
      };
      const answers = await Promise.all(
        Object.keys(situations).map((situation) =>
          answerIn(situation as Situation, ask(action), { wire: "connect+json", authorize }),
        ),
      );
      expect(answers[0]?.answer.body).toContain('"permission_denied"');
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    },
  );

  test.each(["get", "delete", "cancel", "wait, for no time", "list"])(
    "%s: whoever is granted nothing finds nothing, not even what is theirs",
    async (action) => {
      const authorize: Authorize = () => "none";
      const rule = { wire: "connect+proto", authorize } as const;
      const answers = await Promise.all(
        Object.keys(situations).map((situation) =>
          answerIn(situation as Situation, ask(action), rule),
        ),
      );
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    },
  );

  test.each(["get", "delete", "cancel", "wait, for no time", "list"])(
    "%s: whoever is granted all finds what is another's as if it were theirs",
    async (action) => {
      const authorize: Authorize = () => "all";
      const rule = { wire: "connect+proto", authorize } as const;
      const mine = await answerIn(own as Situation, ask(action), rule);
      const another = await answerIn("another's, done", ask(action), rule);
      expect(another).toEqual(mine);
      expect(mine.answer.status).toBe(200);
    },
  );
});
