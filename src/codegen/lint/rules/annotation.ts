// SPDX-License-Identifier: Apache-2.0

import { getOption } from "@bufbuild/protobuf";
import { operation_info } from "../../../../gen/google/longrunning/operations_pb.ts";
import type { OperationProblem } from "../../../operation-info.ts";
import { methodFinding, typeFinding } from "../finding.ts";
import type { Finding, Rule } from "../rule.ts";

/** @see AIP-151 */
export const infoRequired: Rule = {
  id: "OPERATION_INFO_REQUIRED",
  purpose:
    "Checks that RPCs that return google.longrunning.Operation have the option google.longrunning.operation_info.",
  check: ({ problems }) =>
    problems
      .filter(({ kind }) => kind === "missing")
      .map(({ method }) =>
        methodFinding(
          method,
          "returns google.longrunning.Operation: add (google.longrunning.operation_info) with response_type and metadata_type",
        ),
      ),
};

/** @see AIP-151 */
export const noStreaming: Rule = {
  id: "OPERATION_NO_STREAMING",
  purpose: "Checks that RPCs that return google.longrunning.Operation are unary.",
  check: ({ problems }) =>
    problems
      .filter(({ method }) => method.methodKind !== "unary")
      .map(({ method, message }) => methodFinding(method, message)),
};

/** @see AIP-151 */
export const typesRequired: Rule = {
  id: "OPERATION_TYPES_REQUIRED",
  purpose: "Checks that operation_info sets both response_type and metadata_type.",
  check: ({ problems }) => problems.filter(isUnset).flatMap(onItsField),
};

/** @see AIP-151 */
export const typesResolved: Rule = {
  id: "OPERATION_TYPES_RESOLVED",
  purpose:
    "Checks that operation_info names messages, those of another package by their full name.",
  check: ({ problems }) => problems.filter((problem) => !isUnset(problem)).flatMap(onItsField),
};

function isUnset({ method, field }: OperationProblem): boolean {
  if (field === undefined) {
    return false;
  }
  const { responseType, metadataType } = getOption(method, operation_info);
  return (field === "response_type" ? responseType : metadataType) === "";
}

function onItsField({ method, message, field }: OperationProblem): Finding[] {
  return field === undefined ? [] : [typeFinding(method, message, field)];
}
