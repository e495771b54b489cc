// SPDX-License-Identifier: Apache-2.0

import { buffer } from "node:stream/consumers";
import { toBinary } from "@bufbuild/protobuf";
import { CodeGeneratorResponseSchema } from "@bufbuild/protobuf/wkt";
import { longrunningPlugin } from "./plugin.ts";
import { readRequest } from "./read-request.ts";

/**
 * Runs the generator as buf and protoc do: the request is on stdin, the response goes to stdout.
 *
 * @param args those of the command line, of which there is one: `--version`.
 * @param warn is told of what deserves mending and does not stand in the way, one line at a time.
 * @throws Error if this is not how to run it, or an option is wrong.
 */
export async function run(args: readonly string[], warn: (line: string) => void): Promise<void> {
  const plugin = longrunningPlugin(warn);
  if (args[0] === "--version") {
    process.stdout.write(`${plugin.name} ${plugin.version}\n`);
    return;
  }
  if (args.length > 0) {
    throw new Error(
      "it has no arguments but --version: buf or protoc runs it, on stdin and stdout",
    );
  }
  const response = plugin.run(readRequest(await buffer(process.stdin)));
  process.stdout.write(toBinary(CodeGeneratorResponseSchema, response));
}
