// SPDX-License-Identifier: Apache-2.0

import { Code, type ConnectError } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { OperationError } from "longrunning";
import {
  createOperationClient,
  type OperationClient,
  type OperationHandle,
  type PollRetry,
} from "longrunning/client";
import { ChecksumServiceOperations } from "./gen/checksum/v1/checksum_longrunning.ts";
import type { ChecksumTreeMetadata, ChecksumTreeResponse } from "./gen/checksum/v1/checksum_pb.ts";
import { type Calling, readArguments, resumeCommand, usage } from "./terminal/arguments.ts";
import { onInterrupt } from "./terminal/interrupts.ts";
import { progressDisplay } from "./terminal/progress-display.ts";
import { errorText, resultJson } from "./terminal/result.ts";

type Checksum = OperationHandle<ChecksumTreeResponse, ChecksumTreeMetadata>;

const display = progressDisplay(process.stderr);

// npm runs scripts in the folder of the package, and says where it was called.
const { npm_lifecycle_event: script, INIT_CWD: callersDirectory } = process.env;
const args = readArguments(
  process.argv.slice(2),
  script === "checksum" && callersDirectory !== undefined ? callersDirectory : process.cwd(),
);
switch (args.kind) {
  case "help":
    process.stdout.write(usage);
    break;
  case "wrong":
    process.stderr.write(`${args.message}\n\n${usage}`);
    process.exitCode = 2;
    break;
  case "call":
    process.exitCode = await run(args).catch((error: unknown) => {
      display.end();
      display.note(errorText(error));
      return 1;
    });
}

/** Starts an operation or comes back to one, and waits for its end. The exit code. */
async function run(args: Calling): Promise<number> {
  const transport = createConnectTransport({
    baseUrl: args.server,
    httpVersion: "1.1",
    useBinaryFormat: true,
  });
  const client = createOperationClient(ChecksumServiceOperations, transport);

  const operation = await operationOf(args, client);
  const resume = resumeCommand(args, operation.name);
  display.note(`${operation.name} (to come back to it: ${resume})`);

  onInterrupt(["SIGINT"], (times) => {
    if (times > 1) {
      process.exit(130);
    }
    display.note("Cancelling; Ctrl-C again leaves at once.");
    operation
      .cancel()
      .catch((error: unknown) => display.note(`It cannot be cancelled: ${errorText(error)}`));
  });

  try {
    const response = await follow(operation);
    process.stdout.write(`${resultJson(operation.name, response)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof OperationError && error.code === Code.Canceled) {
      display.note(`Cancelled. To go on where it stopped: ${resume}`);
      return 130;
    }
    throw error;
  }
}

/** The operation to follow: a new one, or an earlier one. */
async function operationOf(
  { root, resume }: Calling,
  client: OperationClient<typeof ChecksumServiceOperations>,
): Promise<Checksum> {
  const start = { timeoutMs: 10_000 };
  if (resume === undefined) {
    return client.checksumTree({ root }, start);
  }
  const earlier = client.checksumTree.resume(resume);
  const { kind, metadata } = await earlier.poll();
  const directory = root ?? metadata?.root;
  if ((kind !== "cancelled" && kind !== "failed") || directory === undefined) {
    return earlier;
  }
  display.note(`${resume} was ${kind} after ${metadata?.filesDone ?? 0} files; going on.`);
  const request = { root: directory, ...(metadata && { resumeFrom: metadata }) };
  return client.checksumTree(request, start);
}

/** Waits until an operation has ended, for as long as that takes, through restarts of its server. */
async function follow(operation: Checksum): Promise<ChecksumTreeResponse> {
  const onPollError = (_: ConnectError, { failures }: PollRetry) => {
    if (failures === 1) {
      display.note("The server does not answer; waiting for it.");
    }
  };
  for await (const metadata of operation.progress({ onPollError })) {
    display.show(metadata);
  }
  display.end();
  for (const { message } of operation.metadata?.warnings ?? []) {
    display.note(`skipped ${message}`);
  }
  return operation.result();
}
