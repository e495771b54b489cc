// SPDX-License-Identifier: Apache-2.0

import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { isJsonObject } from "./json-object.ts";
import { camelPath } from "./mask-paths.ts";

const holdersByType = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** The fields of a type that are a FieldMask, or hold one somewhere below, by their names in JSON. */
function maskHolders(type: DescMessage): ReadonlyMap<string, DescField> {
  let fields = holdersByType.get(type);
  if (fields === undefined) {
    fields = new Map(
      type.fields
        .filter(({ message }) => holdsMask(message, new Set()))
        .flatMap((field) => [
          [field.jsonName, field],
          [field.name, field],
        ]),
    );
    holdersByType.set(type, fields);
  }
  return fields;
}

function holdsMask(type: DescMessage | undefined, seen: Set<DescMessage>): boolean {
  if (type === undefined || seen.has(type)) {
    return false;
  }
  seen.add(type);
  return isMask(type) || type.fields.some(({ message }) => holdsMask(message, seen));
}

function isMask(type: DescMessage): boolean {
  return type.typeName === FieldMaskSchema.typeName;
}

// Deeper than protobuf reads messages.
const deepest = 100;

/**
 * The JSON of a message with the paths of each FieldMask in lowerCamelCase: Google's clients send them
 * in snake_case, which proto JSON does not read. Nothing else is changed, or looked at.
 */
export function camelMasks(type: DescMessage, json: JsonValue, depth = 0): JsonValue {
  if (isMask(type)) {
    return camelMask(json);
  }
  const holders = maskHolders(type);
  if (holders.size === 0 || depth > deepest || !isJsonObject(json)) {
    return json;
  }
  return mapObject(json, (value, name) => {
    const field = holders.get(name);
    const inner = field?.message;
    const one = (item: JsonValue) =>
      inner === undefined ? item : camelMasks(inner, item, depth + 1);
    if (field?.fieldKind === "list") {
      return Array.isArray(value) ? value.map(one) : value;
    }
    return field?.fieldKind === "map" && isJsonObject(value) ? mapObject(value, one) : one(value);
  });
}

function mapObject(
  json: JsonObject,
  map: (value: JsonValue, name: string) => JsonValue,
): JsonObject {
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, map(value, name)]));
}

function camelMask(json: JsonValue): JsonValue {
  return typeof json === "string"
    ? json
        .split(",")
        .map((path) => camelPath(path) ?? path)
        .join(",")
    : json;
}
