// SPDX-License-Identifier: Apache-2.0

import {
  MethodOptions_IdempotencyLevel as IdempotencyLevel,
  MethodOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { http } from "../../../../gen/google/api/annotations_pb.ts";
import { isLongRunning } from "../../../operation-info.ts";
import type { Finding, Subject } from "../check.ts";
import { methodFinding } from "../finding.ts";
import { httpBindings } from "../http-bindings.ts";
import { runsJob } from "./run-job.ts";

/** @see AIP-127 */
export function* httpRequired({ method }: Subject): Iterable<Finding> {
  if (!isLongRunning(method)) {
    return;
  }
  const bindings = httpBindings(method);
  if (bindings.length === 0) {
    yield methodFinding(
      method,
      `cannot be called over REST: add (google.api.http), such as post: "/v1/…" body: "*"`,
    );
  } else if (bindings.some(({ path }) => path === "")) {
    yield methodFinding(method, `(google.api.http) has no path: add one, such as post: "/v1/…"`, [
      http.number,
    ]);
  }
}

/**
 * Whatever is on the way may repeat, prefetch or cache a GET. Connect calls methods without side
 * effects by GET, too.
 *
 * @see AIP-127
 */
export function* httpNotGet({ method }: Subject): Iterable<Finding> {
  if (!isLongRunning(method)) {
    return;
  }
  if (!runsJob(method) && httpBindings(method).some(({ verb }) => verb === "GET")) {
    yield methodFinding(method, "(google.api.http) lets GET start an operation: use post", [
      http.number,
    ]);
  }
  if (method.idempotency === IdempotencyLevel.NO_SIDE_EFFECTS) {
    const { number } = MethodOptionsSchema.field.idempotencyLevel;
    yield methodFinding(
      method,
      "idempotency_level NO_SIDE_EFFECTS lets GET start an operation: use IDEMPOTENT",
      [number],
    );
  }
}
