// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { requiredProgram } from "../required-program.ts";
import { type OperationsServer, operationsServer } from "./operations-server.ts";

const curlIsHere = requiredProgram("curl", "apt-get install curl");

let server: OperationsServer;

beforeEach(async () => {
  server = await operationsServer();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

async function curl(method: string, request: object, ...flags: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)("curl", [
    ...["--silent", "--show-error", "--max-time", "10", ...flags],
    ...["--header", "content-type: application/json", "--data", JSON.stringify(request)],
    `${server.baseUrl}/${method}`,
  ]);
  return JSON.parse(stdout);
}

const api = "google.longrunning.Operations";

describe.runIf(curlIsHere).each(["--http1.1", "--http2-prior-knowledge"])("curl %s", (version) => {
  test("all five methods answer in JSON", async () => {
    const started = await curl("checksum.v1.ChecksumService/ChecksumTree", { root: "x" }, version);
    const { name } = started as { name: string };
    const done = {
      name,
      done: true,
      metadata: {
        "@type": "type.googleapis.com/checksum.v1.ChecksumTreeMetadata",
        filesDone: "1",
        currentPath: "a/b",
      },
      response: {
        "@type": "type.googleapis.com/checksum.v1.ChecksumTreeResponse",
        treeDigest: "abc",
        files: "1",
        bytes: String(2n ** 60n),
      },
    };
    expect(await curl(`${api}/WaitOperation`, { name, timeout: "5s" }, version)).toEqual(done);
    expect(await curl(`${api}/GetOperation`, { name }, version)).toEqual(done);
    expect(await curl(`${api}/CancelOperation`, { name }, version)).toEqual({});
    expect(await curl(`${api}/ListOperations`, {}, version)).toEqual({ operations: [done] });
    expect(await curl(`${api}/DeleteOperation`, { name }, version)).toEqual({});
    expect(await curl(`${api}/GetOperation`, { name }, version)).toMatchObject({
      code: "not_found",
      message: "operation not found",
      details: [
        {
          type: "google.rpc.ErrorInfo",
          debug: { reason: "OPERATION_NOT_FOUND", domain: "checksum.test" },
        },
        { type: "google.rpc.ResourceInfo", debug: { resourceName: name } },
      ],
    });
  });
});
