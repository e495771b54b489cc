// SPDX-License-Identifier: Apache-2.0

import { getOption } from "@bufbuild/protobuf";
import { operation_info } from "../../../../gen/google/longrunning/operations_pb.ts";
import type { OperationProblem } from "../../../operation-info.ts";
import type { Check, Finding } from "../check.ts";
import { methodFinding, typeFinding } from "../finding.ts";

/** @see AIP-151 */
export const infoRequired: Check = ({ problems }) =>
  problems
    .filter(({ kind }) => kind === "missing")
    .map(({ method }) =>
      methodFinding(
        method,
        "returns google.longrunning.Operation: add (google.longrunning.operation_info) with response_type and metadata_type",
      ),
    );

/** @see AIP-151 */
export const noStreaming: Check = ({ problems }) =>
  problems
    .filter(({ method }) => method.methodKind !== "unary")
    .map(({ method, message }) => methodFinding(method, message));

/** @see AIP-151 */
export const typesRequired: Check = ({ problems }) => problems.filter(isUnset).flatMap(onItsField);

/** @see AIP-151 */
export const typesResolved: Check = ({ problems }) =>
  problems.filter((problem) => !isUnset(problem)).flatMap(onItsField);

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
