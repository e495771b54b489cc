// SPDX-License-Identifier: Apache-2.0

import type { DescFile } from "@bufbuild/protobuf";
import type { Finding, Subject } from "../check.ts";
import { typeFinding } from "../finding.ts";

/**
 * A generator may be shown a file with what it imports, and no more.
 *
 * @see AIP-151
 */
export function* typesImported({ method, operation }: Subject): Iterable<Finding> {
  if (operation === undefined) {
    return;
  }
  const { response, metadata } = operation;
  const types = { response_type: response, metadata_type: metadata };
  for (const field of ["response_type", "metadata_type"] as const) {
    const { file, typeName } = types[field];
    if (!reaches(method.parent.file, file)) {
      const message = `operation_info.${field} ${typeName} is not imported: import "${file.proto.name}"`;
      yield typeFinding(method, message, field);
    }
  }
}

function reaches(from: DescFile, target: DescFile): boolean {
  const reached = new Set([from]);
  for (const file of reached) {
    for (const dependency of file.dependencies) {
      reached.add(dependency);
    }
  }
  return reached.has(target);
}
