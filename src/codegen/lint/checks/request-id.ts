// SPDX-License-Identifier: Apache-2.0

import { getOption, ScalarType } from "@bufbuild/protobuf";
import { FieldInfo_Format, field_info } from "../../../../gen/google/api/field_info_pb.ts";
import { isLongRunning } from "../../../operation-info.ts";
import { sourcePath } from "../../source-path.ts";
import type { Finding, Subject } from "../check.ts";

/**
 * Servers and clients know a request id by its format.
 *
 * @see AIP-155
 */
export function* requestIdFormat({ method }: Subject): Iterable<Finding> {
  const field = method.input.fields.find(({ name }) => name === "request_id");
  if (
    isLongRunning(method) &&
    field?.fieldKind === "scalar" &&
    field.scalar === ScalarType.STRING &&
    getOption(field, field_info).format !== FieldInfo_Format.UUID4
  ) {
    yield {
      file: field.parent.file,
      path: sourcePath(field),
      message: `${field.parent.name}.request_id: add [(google.api.field_info).format = UUID4]`,
    };
  }
}
