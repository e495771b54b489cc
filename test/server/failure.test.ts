// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { failureOf } from "./failure.ts";

const info = (reason: string, domain = "a.example") => ({
  desc: ErrorInfoSchema,
  value: { reason, domain },
});
const bad = { desc: BadRequestSchema, value: {} };
const longest = `A${"_".repeat(61)}B`;

test("an error is as AIP-193 wants it, or no test passes that reads it", async () => {
  const read = (details: ConstructorParameters<typeof ConnectError>[3]) =>
    failureOf(Promise.reject(new ConnectError("odd", Code.Aborted, undefined, details)));
  expect(await read([info(longest), bad])).toEqual({
    code: "Aborted",
    message: "odd",
    reason: longest,
    domain: "a.example",
    details: { BadRequest: expect.objectContaining({ fieldViolations: [] }) },
  });
  for (const details of [
    [],
    [bad],
    [info("A"), bad],
    [info("_A_B")],
    [info("1AB")],
    [info("Ab")],
    [info(`${longest}B`)],
    [info("AB", "")],
    [info("ABC"), info("ABC")],
    [info("ABC"), bad, bad],
  ]) {
    await expect(read(details)).rejects.toThrow();
  }
  await expect(failureOf(Promise.resolve())).rejects.toThrow("the call succeeded");
});
