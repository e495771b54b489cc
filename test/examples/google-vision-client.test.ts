// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { BadRequestSchema } from "longrunning/google/rpc/error_details_pb.js";
import { nodeAdapter } from "longrunning/node";
import { createOperations, memoryStore } from "longrunning/server";
import { describe, expect, test } from "vitest";
import { ImageAnnotatorOperations } from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_longrunning.ts";
import { OperationMetadata_State as State } from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_pb.ts";
import { served } from "../node/served.ts";

interface Vision extends AsyncDisposable {
  routes(router: ConnectRouter): void;
}

const createTime = { seconds: 1_700_000_000n };

/** Something like Google's service, which reads nothing but PDF files, and of which none waits. */
function vision(): Vision {
  const operations = createOperations({ store: memoryStore() });
  const annotator = operations.implement(ImageAnnotatorOperations, {
    async asyncBatchAnnotateFiles({ requests }, { report }) {
      await report({ state: State.RUNNING, createTime });
      const fieldViolations = requests.flatMap(({ inputConfig }, i) =>
        inputConfig?.gcsSource?.uri.endsWith(".pdf")
          ? []
          : [{ field: `requests[${i}].input_config`, description: "Not a PDF file." }],
      );
      if (fieldViolations.length > 0) {
        throw new ConnectError("Bad image data.", Code.InvalidArgument, undefined, [
          { desc: BadRequestSchema, value: { fieldViolations } },
        ]);
      }
      await report({ state: State.DONE, createTime });
      return {
        responses: requests.flatMap(({ outputConfig }) => (outputConfig ? [{ outputConfig }] : [])),
      };
    },
  });
  operations.work();
  return {
    routes(router) {
      operations.routes(router);
      router.service(ImageAnnotatorOperations, annotator);
    },
    [Symbol.asyncDispose]: () => operations.close({ drainMs: 0 }),
  };
}

describe.each(["grpc", "rest"])("the program, over %s", (VISION_PROTOCOL) => {
  test("authorizes its calls, tells the state, and prints the response", async () => {
    await using server = await serve();
    const { code, stdout, stderr } = await run(["gs://bucket/a.pdf", "gs://bucket/out/"], {
      VISION_URL: server.baseUrl,
      VISION_PROTOCOL,
      GOOGLE_ACCESS_TOKEN: "secret",
      GOOGLE_CLOUD_PROJECT: "here",
    });
    expect(stderr).toMatch(/^operations\/\w+\n(?:\{.*\}\n)*\{"state":"DONE",.*\}\n$/);
    expect(JSON.parse(stdout)).toEqual({
      responses: [{ outputConfig: { gcsDestination: { uri: "gs://bucket/out/" }, batchSize: 20 } }],
    });
    expect(code).toBe(0);
    expect(server.calls).toContainEqual(["AsyncBatchAnnotateFiles", "Bearer secret", "here"]);
    expect(server.calls).toContainEqual(["GetOperation", "Bearer secret", "here"]);
    const waits = server.calls.filter(([method]) => method === "WaitOperation").length;
    expect(waits).toBeLessThanOrEqual(VISION_PROTOCOL === "rest" ? 0 : 1);
  });

  test("prints what is wrong with the request of an operation that failed", async () => {
    await using server = await serve();
    const { code, stdout, stderr } = await run(["gs://bucket/a.docx", "gs://bucket/out/"], {
      VISION_URL: server.baseUrl,
      VISION_PROTOCOL,
    });
    expect(stderr).toMatch(
      /\nerror: \[invalid_argument\] Bad image data\.\n {2}requests\[0\]\.input_config: Not a PDF file\.\n$/,
    );
    expect(stdout).toBe("");
    expect(code).toBe(1);
    expect(server.calls).toContainEqual(["AsyncBatchAnnotateFiles", null, null]);
  });
});

test("the program says what it expects", async () => {
  const { code, stderr } = await run([], {});
  expect(stderr).toBe("Expected two URIs: gs://bucket/file.pdf gs://bucket/texts/\n");
  expect(code).toBe(2);
});

/** A real server, which keeps what its calls are authorized by. */
async function serve() {
  const fake = vision();
  const calls: unknown[][] = [];
  const server = await served(
    nodeAdapter({
      routes: fake.routes,
      interceptors: [
        (next) => (call) => {
          const { header, method } = call;
          calls.push([method.name, header.get("authorization"), header.get("x-goog-user-project")]);
          if (method.name === "WaitOperation") {
            throw new ConnectError("Method not found.", Code.Unimplemented);
          }
          return next(call);
        },
      ],
    }),
  );
  return {
    baseUrl: server.baseUrl,
    calls,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await fake[Symbol.asyncDispose]();
    },
  };
}

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as `npm test` has built it. */
function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const program = fileURLToPath(
    new URL("../../dist/examples/google-vision-client/client.js", import.meta.url),
  );
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}
