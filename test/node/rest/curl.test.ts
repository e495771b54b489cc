// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checksumHandlers } from "../../../examples/checksum/checksum.ts";
import { ChecksumServiceOperations } from "../../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { nodeAdapter } from "../../../src/node/index.ts";
import { createOperations, memoryStore, type Operations } from "../../../src/server/index.ts";
import { requiredProgram } from "../../required-program.ts";
import { type Served, served } from "../served.ts";

const curlIsHere = requiredProgram("curl", "apt-get install curl");
const root = fileURLToPath(new URL("../../../examples/checksum", import.meta.url));

let operations: Operations;
let server: Served;

/** The example, but for a directory that takes until it is cancelled. */
beforeAll(async () => {
  const example = checksumHandlers(root);
  const { checksumTree: digest } = example;
  if (typeof digest !== "function") {
    throw new Error("the example has a handler that is a function");
  }
  operations = createOperations({ store: memoryStore() });
  const checksum = operations.implement(ChecksumServiceOperations, {
    ...example,
    async checksumTree(request, operation) {
      if (request.root === "tree") {
        const { signal } = operation;
        await new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      }
      return await digest(request, operation);
    },
  });
  server = await served(
    nodeAdapter({
      routes(router) {
        operations.routes(router);
        router.service(ChecksumServiceOperations, checksum);
      },
    }),
  );
  operations.work();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await operations.close({ drainMs: 0 });
});

describe.runIf(curlIsHere).each(["--http1.1", "--http2-prior-knowledge"])("curl %s", (version) => {
  /** What curl prints, and the status. */
  async function curl(
    path: string,
    ...flags: string[]
  ): Promise<{ status: number; json: unknown }> {
    const { stdout } = await promisify(execFile)("curl", [
      ...["--silent", "--show-error", "--max-time", "10", "--write-out", "\n%{http_code}"],
      ...[version, ...flags, `${server.baseUrl}${path}`],
    ]);
    const statusAt = stdout.lastIndexOf("\n");
    const status = Number(stdout.slice(statusAt));
    return { status, json: JSON.parse(stdout.slice(0, statusAt)) };
  }

  const body = (json: object) => [
    ...["--header", "content-type: application/json"],
    ...["--data", JSON.stringify(json)],
  ];

  async function start(directory: string): Promise<string> {
    const { json } = await curl("/v1/trees:checksum", ...body({ root: directory }));
    const { name, done = false } = json as { name: string; done?: boolean };
    expect([name, done]).toEqual([expect.stringMatching(/^operations\/\w+$/), false]);
    return name;
  }

  test("starts an operation, waits for it, reads and deletes it", async () => {
    const name = await start("proto");
    const waited = await curl(`/v1/${name}:wait`, ...body({ timeout: "5s" }));
    expect(waited).toEqual({
      status: 200,
      json: {
        name,
        done: true,
        metadata: expect.objectContaining({
          "@type": "type.googleapis.com/checksum.v1.ChecksumTreeMetadata",
          filesDone: "1",
        }),
        response: expect.objectContaining({
          "@type": "type.googleapis.com/checksum.v1.ChecksumTreeResponse",
          files: "1",
        }),
      },
    });
    expect(await curl(`/v1/${name}`)).toEqual(waited);
    expect(await curl(`/v1/${name}`, "--request", "DELETE")).toEqual({ status: 200, json: {} });
    expect(await curl(`/v1/${name}`)).toMatchObject({
      status: 404,
      json: {
        error: {
          code: 404,
          status: "NOT_FOUND",
          details: [
            { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "OPERATION_NOT_FOUND" },
            { "@type": "type.googleapis.com/google.rpc.ResourceInfo", resourceName: name },
          ],
        },
      },
    });
  });

  test("cancels an operation, with a body and without one", async () => {
    for (const flags of [["--request", "POST"], body({})]) {
      const name = await start("tree");
      expect(await curl(`/v1/${name}:cancel`, ...flags)).toEqual({ status: 200, json: {} });
      expect(await curl(`/v1/${name}:wait`, ...body({ timeout: "5s" }))).toMatchObject({
        status: 200,
        json: { done: true, error: { code: 1 } },
      });
    }
  });

  test("lists what a filter finds, page by page", async () => {
    const names = [await start("proto"), await start("proto"), await start("proto")];
    for (const name of names) {
      await curl(`/v1/${name}:wait`, ...body({ timeout: "5s" }));
    }
    const filter = ["--get", "--data-urlencode", `filter=metadata.files_done = 1 AND done = true`];
    const found: string[] = [];
    let token = "";
    do {
      const page = await curl(
        "/v1/operations",
        ...filter,
        "--data",
        `pageSize=2&pageToken=${token}`,
      );
      const { operations = [], nextPageToken = "" } = page.json as {
        operations?: { name: string }[];
        nextPageToken?: string;
      };
      expect(page.status).toBe(200);
      expect(operations.length).toBeLessThanOrEqual(2);
      found.push(...operations.map(({ name }) => name));
      token = nextPageToken;
    } while (token !== "");
    expect(found.slice(0, 3)).toEqual(names.toReversed());
    const wrong = await curl("/v1/operations", "--get", "--data-urlencode", "filter=done = ");
    expect(wrong).toMatchObject({ status: 400, json: { error: { status: "INVALID_ARGUMENT" } } });
  });

  test("calls methods that are over at once", async () => {
    const answer = await curl("/v1/algorithms");
    expect(answer).toEqual({ status: 200, json: { algorithms: ["sha256"] } });
  });
});
