// SPDX-License-Identifier: Apache-2.0

import type { DescMethod } from "@bufbuild/protobuf";
import { http } from "../../../../gen/google/api/annotations_pb.ts";
import { OperationSchema } from "../../../../gen/google/longrunning/operations_pb.ts";
import type { Finding, Subject } from "../check.ts";
import { methodFinding, typeFinding } from "../finding.ts";
import { httpBindings } from "../http-bindings.ts";

/** Whether a method runs a job, by its name: `RunWriteBookJob`. */
export function runsJob(method: DescMethod): boolean {
  return /^Run.+Job$/.test(method.name);
}

/** @see AIP-152 */
export function* runJobResponse({ method, operation }: Subject): Iterable<Finding> {
  if (!runsJob(method)) {
    return;
  }
  const wanted = `${method.name}Response`;
  if (method.output.typeName !== OperationSchema.typeName) {
    yield methodFinding(
      method,
      `running a job is long-running: return google.longrunning.Operation, with response_type ${wanted}`,
    );
  } else if (operation !== undefined && operation.response.name !== wanted) {
    const message = `operation_info.response_type ${operation.response.typeName} should be named ${wanted}`;
    yield typeFinding(method, message, "response_type");
  }
}

/** @see AIP-152 */
export function* runJobHttp({ method }: Subject): Iterable<Finding> {
  if (!runsJob(method)) {
    return;
  }
  const isRight = httpBindings(method).every(
    ({ verb, path, body }) => verb === "POST" && body === "*" && path.endsWith(":run"),
  );
  if (!isRight) {
    yield methodFinding(
      method,
      `running a job should be post: "/v1/{name=…Jobs/*}:run" body: "*"`,
      [http.number],
    );
  }
}
