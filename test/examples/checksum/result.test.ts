// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { WaitError } from "longrunning/client";
import { ErrorInfoSchema } from "longrunning/google/rpc/error_details_pb.js";
import { expect, test } from "vitest";
import { ChecksumTreeResponseSchema } from "../../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { errorText, resultJson } from "../../../examples/checksum/terminal/result.ts";

test("resultJson writes numbers where a number holds them", () => {
  const response = create(ChecksumTreeResponseSchema, {
    treeDigest: "e3b0",
    files: 2n,
    bytes: 2n ** 53n - 1n,
  });
  expect(resultJson("operations/a", response)).toBe(
    '{"operation":"operations/a","treeDigest":"e3b0","files":2,"bytes":9007199254740991,"skipped":0}',
  );
  response.bytes = 2n ** 53n;
  expect(JSON.parse(resultJson("operations/a", response))).toMatchObject({
    bytes: "9007199254740992",
  });
});

test("errorText adds what an ErrorInfo tells, and how to start the server", () => {
  const value = { reason: "ROOT_NOT_SERVED", domain: "d", metadata: { served: "/srv" } };
  const error = new ConnectError("root is outside", Code.PermissionDenied, undefined, [
    { desc: ErrorInfoSchema, value },
  ]);
  expect(errorText(error)).toBe("error: [permission_denied] root is outside\n  served: /srv");
  expect(errorText(new ConnectError("gone", Code.Unavailable))).toMatch(/npm start/);

  const lost = new WaitError("lost-contact", {
    operationName: "operations/a",
    operation: undefined,
    cause: error,
  });
  expect(errorText(lost)).toMatch(/^error: .*"operations\/a".*root is outside\n {2}served: \/srv$/);
});
