// SPDX-License-Identifier: Apache-2.0

import type { DescMessage } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import type { Finding, Subject } from "../check.ts";
import { typeFinding } from "../finding.ts";
import { runsJob } from "./run-job.ts";

/** @see AIP-151 @see AIP-135 @see AIP-235 */
export function* responseNotEmpty({ method, operation }: Subject): Iterable<Finding> {
  // Those that run jobs have a stricter rule.
  const exempt = /^(?:Batch)?Delete/.test(method.name) || runsJob(method);
  if (isEmpty(operation?.response) && !exempt) {
    yield typeFinding(
      method,
      canNeverGrow("response_type", `${method.name}Response`),
      "response_type",
    );
  }
}

/** @see AIP-151 */
export function* metadataNotEmpty({ method, operation }: Subject): Iterable<Finding> {
  if (isEmpty(operation?.metadata)) {
    yield typeFinding(
      method,
      canNeverGrow("metadata_type", `${method.name}Metadata`),
      "metadata_type",
    );
  }
}

/** Whether a type is `google.protobuf.Empty`. */
export function isEmpty(type: DescMessage | undefined): boolean {
  return type?.typeName === EmptySchema.typeName;
}

function canNeverGrow(field: string, name: string): string {
  return `operation_info.${field} google.protobuf.Empty can never get a field: define ${name}, without fields for now`;
}
