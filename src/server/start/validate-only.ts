// SPDX-License-Identifier: Apache-2.0

import { type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";

/**
 * The field of a request that asks to validate it and to do nothing: a singular bool of that name.
 *
 * @see AIP-163
 */
export function validateOnlyField(request: DescMessage): DescField | undefined {
  return request.fields.find(
    (field) =>
      field.name === "validate_only" &&
      field.fieldKind === "scalar" &&
      field.scalar === ScalarType.BOOL,
  );
}

/** Whether a request asks only to be validated. */
export function isValidateOnly(request: Message, field: DescField | undefined): boolean {
  return field !== undefined && reflect(field.parent, request).get(field) === true;
}
