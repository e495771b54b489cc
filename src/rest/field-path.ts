// SPDX-License-Identifier: Apache-2.0

import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { AnySchema, ListValueSchema, StructSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import { textFieldOf } from "./text-value.ts";

/** Fields from a message inwards; all but the last hold a single message. */
export type FieldPath = readonly DescField[];

/** What a path of names leads to: fields, or the reason why it leads nowhere. */
export type FieldPathReading =
  | { readonly kind: "path"; readonly path: FieldPath }
  /** The message has no field of the first name. */
  | { readonly kind: "unknown"; readonly problem: string }
  | { readonly kind: "refused"; readonly problem: string };

const fieldsByType = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** The field of this name, as in the proto file or as in JSON. */
function fieldOf(type: DescMessage, name: string): DescField | undefined {
  let fields = fieldsByType.get(type);
  if (fields === undefined) {
    // Should a name be that of one field here and of another there, the proto file comes first.
    fields = new Map([
      ...type.fields.map((field): [string, DescField] => [field.jsonName, field]),
      ...type.fields.map((field): [string, DescField] => [field.name, field]),
    ]);
    fieldsByType.set(type, fields);
  }
  return fields.get(name);
}

/** Follows names, each as in the proto file or as in JSON, from a message inwards. */
export function readFieldPath(type: DescMessage, names: readonly string[]): FieldPathReading {
  const path: DescField[] = [];
  let holder: DescMessage | undefined = type;
  for (const name of names) {
    const last = path.at(-1);
    if (holder === undefined) {
      return { kind: "refused", problem: `${last?.name} is no single message with named fields` };
    }
    const field = fieldOf(holder, name);
    if (field === undefined) {
      const problem = `${holder.typeName} has no field ${JSON.stringify(name.slice(0, 100))}`;
      return { kind: path.length === 0 ? "unknown" : "refused", problem };
    }
    path.push(field);
    holder = branchOf(field);
  }
  return { kind: "path", path };
}

const jsonOnly: ReadonlySet<string> = new Set([
  AnySchema.typeName,
  ListValueSchema.typeName,
  StructSchema.typeName,
  ValueSchema.typeName,
]);

/** The message that a field holds, if it is a single one whose own fields can be named one by one. */
export function branchOf(field: DescField): DescMessage | undefined {
  if (field.fieldKind !== "message") {
    return undefined;
  }
  const { message } = field;
  return textFieldOf(field) !== undefined || jsonOnly.has(message.typeName) ? undefined : message;
}

/** The path for people, in the names of the proto file. */
export function printFieldPath(path: FieldPath): string {
  return path.map(({ name }) => name).join(".");
}

/** Whether one path begins with the other. */
export function overlaps(a: FieldPath, b: FieldPath): boolean {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) {
    // By number: the same service may have been generated twice.
    if (a[index]?.number !== b[index]?.number) {
      return false;
    }
  }
  return true;
}

/** The message that holds the last field of a path; undefined if one on the way is unset. */
export function findHolder(message: ReflectMessage, path: FieldPath): ReflectMessage | undefined {
  let holder = message;
  for (const field of path.slice(0, -1)) {
    if (field.fieldKind !== "message" || !holder.isSet(field)) {
      return undefined;
    }
    holder = holder.get(field);
  }
  return holder;
}

/** The message that holds the last field of a path, set with all those on the way. */
export function makeHolder(message: ReflectMessage, path: FieldPath): ReflectMessage {
  let holder = message;
  for (const field of path.slice(0, -1)) {
    if (field.fieldKind === "message") {
      if (!holder.isSet(field)) {
        holder.set(field, reflect(field.message));
      }
      holder = holder.get(field);
    }
  }
  return holder;
}
