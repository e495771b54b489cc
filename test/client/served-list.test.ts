// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { type ListOperationsOptions, listOperations } from "../../src/client/index.ts";
import { rejectionOf, type Serving, serving, untilAborted } from "./serving.ts";
import { transportKinds } from "./transports.ts";

/** Starts operations, one after the other; their names. */
async function start(a: Serving, roots: readonly string[]): Promise<string[]> {
  const names: string[] = [];
  for (const root of roots) {
    names.push((await a.client.checksumTree({ root })).name);
  }
  return names;
}

async function list(a: Serving, options?: ListOperationsOptions): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of listOperations(a.api, options)) {
    names.push(name);
  }
  return names;
}

/** How often the server was asked for a page. */
const pages = (a: Serving) => a.methods.filter((method) => method === "ListOperations").length;

describe.each(transportKinds)("over $name", (kind) => {
  test("they come page by page, each once", async () => {
    await using a = await serving(kind, untilAborted);
    const started = await start(a, ["a", "b", "c", "d", "e"]);

    const listed = await list(a, { pageSize: 2 });

    expect(listed.toSorted()).toEqual(started.toSorted());
    expect(pages(a)).toBe(3);
    expect(await list(a)).toEqual(listed);
    expect(pages(a)).toBe(4);
  });

  test("of those that a filter lets through", async () => {
    await using a = await serving(kind, {
      start: ({ root }) => ({
        metadata: { root },
        ...(root === "done" && { response: { treeDigest: "abc" } }),
      }),
      run: untilAborted as never,
    });
    const [b, , done] = await start(a, ['b"\\', "c", "done"]);

    expect(await list(a, { filter: "done = true" })).toEqual([done]);
    expect(await list(a, { filter: String.raw`metadata.root = "b\"\\"`, pageSize: 1 })).toEqual([
      b,
    ]);
    const error = await rejectionOf(list(a, { filter: "metadata.rot = 1" }));
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ code: Code.InvalidArgument });
    expect((error as ConnectError).findDetails(ErrorInfoSchema)).toHaveLength(1);
  });

  test("of those under one parent", async () => {
    await using a = await serving(
      kind,
      { parent: ({ root }) => `projects/${root}`, run: untilAborted as never },
      {
        rest: {
          rules: [
            {
              selector: "google.longrunning.Operations.ListOperations",
              pattern: { case: "get", value: "/v1/{name=projects/*}/operations" },
            },
          ],
        },
      },
    );
    const [, b1, b2] = await start(a, ["a", "b", "b"]);

    const listed = await list(a, { parent: "projects/b", pageSize: 1 });
    expect(listed.toSorted()).toEqual([b1, b2].toSorted());
    expect(listed[0]).toMatch(/^projects\/b\/operations\/./);
    expect(await list(a, { parent: "projects/c" })).toEqual([]);
  });

  test("no page is asked for that is not needed", async () => {
    await using a = await serving(kind, untilAborted);
    await start(a, ["a", "b", "c"]);

    for await (const _ of listOperations(a.api, { pageSize: 1 })) {
      break;
    }

    expect(pages(a)).toBe(1);
    await a.expectRest();
  });

  test("a signal ends the listing, between pages and before the first one", async () => {
    await using a = await serving(kind, untilAborted);
    await start(a, ["a", "b", "c"]);
    const leaving = new AbortController();
    const { signal } = leaving;
    const reason = new Error("the page was left");

    const listed = listOperations(a.api, { pageSize: 1, signal });
    await listed.next();
    leaving.abort(reason);

    expect(await rejectionOf(listed.next())).toBe(reason);
    expect(await listed.next()).toEqual({ done: true, value: undefined });
    expect(await rejectionOf(list(a, { signal }))).toBe(reason);
    expect(pages(a)).toBe(1);
    await a.expectRest();
  });

  test("headers go with every page", async () => {
    await using a = await serving(kind, untilAborted);
    await start(a, ["a", "b"]);
    const { length } = a.served;

    await list(a, { pageSize: 1, headers: { authorization: "Bearer a" } });

    expect(a.served.slice(length).map(({ header }) => header.get("authorization"))).toEqual([
      "Bearer a",
      "Bearer a",
    ]);
  });
});
