// SPDX-License-Identifier: Apache-2.0

import { type Client, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { outcomeOf } from "longrunning";
import { Operations } from "longrunning/google/longrunning/operations_pb.js";
import { type ChecksumOutcome, follow } from "./follow.ts";
import { ChecksumServiceOperations } from "./gen/checksum/v1/checksum_longrunning.ts";
import { patiently } from "./patience.ts";
import { type Calling, readArguments, resumeCommand, usage } from "./terminal/arguments.ts";
import { onInterrupt } from "./terminal/interrupts.ts";
import { progressDisplay } from "./terminal/progress-display.ts";
import { errorText, resultJson } from "./terminal/result.ts";

const display = progressDisplay(process.stderr);
const onAway = () => display.note("The server does not answer; waiting for it.");

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
      display.note(errorText(ConnectError.from(error)));
      return 1;
    });
}

/** Starts an operation or comes back to one, and waits for its end. The exit code. */
async function run(args: Calling): Promise<number> {
  const transport = createConnectTransport({
    baseUrl: args.server,
    httpVersion: "1.1",
    useBinaryFormat: true,
    // For a server that hangs; WaitOperation is asked to answer in a second.
    defaultTimeoutMs: 10_000,
  });
  const checksums = createClient(ChecksumServiceOperations, transport);
  const operations = createClient(Operations, transport);

  const name = await nameOf(args, { checksums, operations });
  const resume = resumeCommand(args, name);
  display.note(`${name} (to come back to it: ${resume})`);

  onInterrupt(["SIGINT"], (times) => {
    if (times > 1) {
      process.exit(130);
    }
    display.note("Cancelling; Ctrl-C again leaves at once.");
    patiently(() => operations.cancelOperation({ name }), { onAway }).catch((error: unknown) =>
      display.note(`It cannot be cancelled: ${errorText(ConnectError.from(error))}`),
    );
  });

  const outcome = await follow(operations, name, { onProgress: display.show, onAway });
  display.end();
  return finish(outcome, resume);
}

/** The name of the operation to follow: a new one, or an earlier one. */
async function nameOf(
  { root, resume }: Calling,
  clients: {
    readonly checksums: Client<typeof ChecksumServiceOperations>;
    readonly operations: Client<typeof Operations>;
  },
): Promise<string> {
  const { checksums, operations } = clients;
  // Only reading is tried again: a start whose answer was lost may have started something.
  if (resume === undefined) {
    return (await checksums.checksumTree({ root })).name;
  }
  const earlier = await patiently(() => operations.getOperation({ name: resume }), { onAway });
  const { kind, metadata } = outcomeOf(earlier, ChecksumServiceOperations.operations.checksumTree);
  const directory = root ?? metadata?.root;
  if ((kind !== "cancelled" && kind !== "failed") || directory === undefined) {
    return resume;
  }
  display.note(`${resume} was ${kind} after ${metadata?.filesDone ?? 0} files; going on.`);
  const request = { root: directory, ...(metadata && { resumeFrom: metadata }) };
  return (await checksums.checksumTree(request)).name;
}

/** Says what an operation ended with. The exit code. */
function finish(outcome: ChecksumOutcome, resume: string): number {
  for (const { message } of outcome.metadata?.warnings ?? []) {
    display.note(`skipped ${message}`);
  }
  switch (outcome.kind) {
    case "succeeded":
      process.stdout.write(`${resultJson(outcome.name, outcome.response)}\n`);
      return 0;
    case "cancelled":
      display.note(`Cancelled. To go on where it stopped: ${resume}`);
      return 130;
    case "failed":
      display.note(errorText(outcome.error));
      return 1;
    default:
      display.note(`${outcome.name} ended without a result.`);
      return 1;
  }
}
