// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "../../gen/google/rpc/error_details_pb.ts";

// Whatever a client sent may be part of it.
const longestDescription = 500;

/**
 * A request that does not fit its method. `field` names the place: a field, a query parameter,
 * `body`, or empty for the request as a whole.
 */
export function requestProblem(field: string, problem: unknown): ConnectError {
  const text = problem instanceof Error ? problem.message : String(problem);
  const description =
    text.length > longestDescription ? `${text.slice(0, longestDescription)}…` : text;
  const value = create(BadRequestSchema, { fieldViolations: [{ field, description }] });
  return new ConnectError(
    field === "" ? description : `${field}: ${description}`,
    Code.InvalidArgument,
    undefined,
    [{ desc: BadRequestSchema, value }],
    problem instanceof Error ? problem : undefined,
  );
}
