// SPDX-License-Identifier: Apache-2.0

import { type DescField, type DescMessage, isFieldSet, type Message } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";

/**
 * Whether a message has a form in JSON for sure, since it holds nothing that may have none: no
 * message of the well-known types, such as a Timestamp, which may be out of range; no required field,
 * which may be missing; and no extensions.
 */
export function surelyWritable(type: DescMessage, message: Message): boolean {
  return isPlain(type) && doubtfulFields(type).every((field) => !isFieldSet(message, field));
}

const doubtfulByType = new WeakMap<DescMessage, readonly DescField[]>();

/** The fields that may hold, at whatever depth, what is not plain. */
function doubtfulFields(type: DescMessage): readonly DescField[] {
  let fields = doubtfulByType.get(type);
  if (fields === undefined) {
    fields = type.fields.filter(
      ({ message }) => message !== undefined && ![...typesWithin(message)].every(isPlain),
    );
    doubtfulByType.set(type, fields);
  }
  return fields;
}

function typesWithin(type: DescMessage): Set<DescMessage> {
  const types = new Set([type]);
  for (const { fields } of types) {
    for (const { message } of fields) {
      if (message !== undefined) {
        types.add(message);
      }
    }
  }
  return types;
}

function isPlain({ typeName, fields, proto }: DescMessage): boolean {
  return (
    !typeName.startsWith("google.protobuf.") &&
    proto.extensionRange.length === 0 &&
    fields.every(({ presence }) => presence !== FeatureSet_FieldPresence.LEGACY_REQUIRED)
  );
}
