// SPDX-License-Identifier: Apache-2.0

import { hasOption } from "@bufbuild/protobuf";
import { resource } from "../../../../gen/google/api/resource_pb.ts";
import type { Finding, Subject } from "../check.ts";
import { typeFinding } from "../finding.ts";
import { isEmpty } from "./empty.ts";
import { runsJob } from "./run-job.ts";

/** @see AIP-133 @see AIP-134 @see AIP-136 */
export function* responseName({ method, operation }: Subject): Iterable<Finding> {
  if (operation === undefined || isEmpty(operation.response) || runsJob(method)) {
    return;
  }
  const { response } = operation;
  const wanted = `${method.name}Response`;
  const isResource = hasOption(response, resource) || method.name.endsWith(response.name);
  if (response.name !== wanted && !isResource) {
    yield typeFinding(
      method,
      `operation_info.response_type ${response.typeName} should be named ${wanted}, or be a resource (google.api.resource)`,
      "response_type",
    );
  }
}
