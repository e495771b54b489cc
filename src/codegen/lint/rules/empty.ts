// SPDX-License-Identifier: Apache-2.0

import type { DescMessage } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { typeFinding } from "../finding.ts";
import type { Rule } from "../rule.ts";
import { runsJob } from "./run-job.ts";

/** @see AIP-151 @see AIP-135 @see AIP-235 */
export const responseNotEmpty: Rule = {
  id: "OPERATION_RESPONSE_NOT_EMPTY",
  purpose:
    "Checks that only RPCs named Delete… or BatchDelete… respond with google.protobuf.Empty.",
  *check({ method, operation }) {
    // Those that run jobs have a stricter rule.
    const exempt = /^(?:Batch)?Delete/.test(method.name) || runsJob(method);
    if (isEmpty(operation?.response) && !exempt) {
      yield typeFinding(
        method,
        canNeverGrow("response_type", `${method.name}Response`),
        "response_type",
      );
    }
  },
};

/** @see AIP-151 */
export const metadataNotEmpty: Rule = {
  id: "OPERATION_METADATA_NOT_EMPTY",
  purpose: "Checks that metadata_type is not google.protobuf.Empty.",
  *check({ method, operation }) {
    if (isEmpty(operation?.metadata)) {
      yield typeFinding(
        method,
        canNeverGrow("metadata_type", `${method.name}Metadata`),
        "metadata_type",
      );
    }
  },
};

/** Whether a type is `google.protobuf.Empty`. */
export function isEmpty(type: DescMessage | undefined): boolean {
  return type?.typeName === EmptySchema.typeName;
}

function canNeverGrow(field: string, name: string): string {
  return `operation_info.${field} google.protobuf.Empty can never get a field: define ${name}, without fields for now`;
}
