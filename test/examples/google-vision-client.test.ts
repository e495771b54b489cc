// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createClient,
  createRouterTransport,
} from "@connectrpc/connect";
import { Operations as OperationsApi } from "longrunning/google/longrunning/operations_pb.js";
import { BadRequestSchema } from "longrunning/google/rpc/error_details_pb.js";
import { nodeAdapter } from "longrunning/node";
import { createOperations, memoryStore } from "longrunning/server";
import { describe, expect, test } from "vitest";
import { annotateFiles } from "../../examples/google-vision-client/annotate.ts";
import { ImageAnnotatorOperations } from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_longrunning.ts";
import { OperationMetadata_State as State } from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_pb.ts";
import { served } from "../node/served.ts";
import { type Gate, gate } from "../server/gate.ts";

interface Vision extends AsyncDisposable {
  routes(router: ConnectRouter): void;
}

interface VisionOptions {
  /** Opens when an operation may begin. */
  readonly begin?: Gate;
  /** Is opened when an operation has reported that it runs. */
  readonly running?: Gate;
  /** Opens when an operation may end. */
  readonly end?: Gate;
}

const createTime = { seconds: 1_700_000_000n };

/** Something like Google's service, which reads nothing but PDF files. */
function vision({ begin, running, end }: VisionOptions = {}): Vision {
  const operations = createOperations({ store: memoryStore() });
  const annotator = operations.implement(ImageAnnotatorOperations, {
    async asyncBatchAnnotateFiles({ requests }, { report }) {
      await begin?.passed;
      await report({ state: State.RUNNING, createTime });
      running?.open();
      await end?.passed;
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

const requestFor = (uri: string) => ({
  requests: [
    {
      inputConfig: { gcsSource: { uri }, mimeType: "application/pdf" },
      outputConfig: { gcsDestination: { uri: "gs://bucket/out/" }, batchSize: 20 },
    },
  ],
});

describe("annotateFiles", () => {
  test("polls, tells what it sees, and gives the response that the method declares", async () => {
    const gates = { begin: gate(), running: gate(), end: gate() };
    await using fake = vision(gates);
    const transport = createRouterTransport(fake.routes);
    const seen: unknown[] = [];
    let name = "";
    const naps = [
      async () => {
        gates.begin.open();
        await gates.running.passed;
      },
      async () => {},
      async () => {
        gates.end.open();
        await createClient(OperationsApi, transport).waitOperation({ name });
      },
    ];
    const outcome = await annotateFiles(transport, requestFor("gs://bucket/a.pdf"), {
      onProgress(operationName, metadata) {
        name = operationName;
        seen.push(metadata?.state);
      },
      async sleep(ms) {
        seen.push(ms);
        await naps.shift()?.();
      },
    });
    // Its metadata declares create_time, which is there from the beginning.
    expect(seen).toEqual([State.STATE_UNSPECIFIED, 500, State.RUNNING, 750, State.RUNNING, 1_125]);
    expect(outcome).toMatchObject({
      kind: "succeeded",
      name,
      metadata: { state: State.DONE, createTime },
      response: {
        responses: [{ outputConfig: { gcsDestination: { uri: "gs://bucket/out/" } } }],
      },
    });
  });

  test("gives the error of an operation that failed, with its details", async () => {
    await using fake = vision();
    const outcome = await annotateFiles(
      createRouterTransport(fake.routes),
      requestFor("gs://bucket/a.docx"),
      { onProgress() {}, sleep: () => turn() },
    );
    if (outcome.kind !== "failed") {
      throw new Error(`Expected it to fail, got ${outcome.kind}`);
    }
    expect(outcome.error.code).toBe(Code.InvalidArgument);
    expect(outcome.error.rawMessage).toBe("Bad image data.");
    expect(outcome.error.findDetails(BadRequestSchema)).toMatchObject([
      { fieldViolations: [{ field: "requests[0].input_config" }] },
    ]);
    expect(outcome.metadata?.state).toBe(State.RUNNING);
  });
});

describe("the program", () => {
  test("authorizes its calls, and prints the response", async () => {
    await using server = await serve();
    const { code, stdout, stderr } = await run(["gs://bucket/a.pdf", "gs://bucket/out/"], {
      VISION_URL: server.baseUrl,
      GOOGLE_ACCESS_TOKEN: "secret",
      GOOGLE_CLOUD_PROJECT: "here",
    });
    expect(stderr).toMatch(/^operations\/\w+ /);
    expect(JSON.parse(stdout)).toEqual({
      responses: [{ outputConfig: { gcsDestination: { uri: "gs://bucket/out/" }, batchSize: 20 } }],
    });
    expect(code).toBe(0);
    expect(server.calls).toContainEqual(["AsyncBatchAnnotateFiles", "Bearer secret", "here"]);
    expect(server.calls).toContainEqual(["GetOperation", "Bearer secret", "here"]);
  });

  test("prints what is wrong with the request of an operation that failed", async () => {
    await using server = await serve();
    const { code, stdout, stderr } = await run(["gs://bucket/a.docx", "gs://bucket/out/"], {
      VISION_URL: server.baseUrl,
    });
    expect(stderr).toMatch(
      /error: \[invalid_argument\] Bad image data\.\n {2}requests\[0\]\.input_config: Not a PDF file\.\n$/,
    );
    expect(stdout).toBe("");
    expect(code).toBe(1);
    expect(server.calls).toContainEqual(["AsyncBatchAnnotateFiles", null, null]);
  });

  test("says what it expects", async () => {
    const { code, stderr } = await run([], {});
    expect(stderr).toBe("Expected two URIs: gs://bucket/file.pdf gs://bucket/texts/\n");
    expect(code).toBe(2);
  });
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
