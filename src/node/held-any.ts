// SPDX-License-Identifier: Apache-2.0

import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { ReflectMessage } from "@bufbuild/protobuf/reflect";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";

/** A `google.protobuf.Any` somewhere in a message. */
export interface HeldAny {
  readonly any: Any;
  /** Takes it out of the message that holds it. */
  readonly remove: () => void;
}

const holdersByType = new WeakMap<DescMessage, readonly DescField[]>();

/** The fields of a type that are an Any, or hold one somewhere below. */
export function anyHolders(type: DescMessage): readonly DescField[] {
  let fields = holdersByType.get(type);
  if (fields === undefined) {
    fields = type.fields.filter((field) => holdsAny(field, new Set()));
    holdersByType.set(type, fields);
  }
  return fields;
}

function holdsAny({ message }: DescField, seen: Set<DescMessage>): boolean {
  if (message === undefined || seen.has(message)) {
    return false;
  }
  seen.add(message);
  return isAny(message) || message.fields.some((field) => holdsAny(field, seen));
}

function isAny(type: DescMessage): boolean {
  return type.typeName === AnySchema.typeName;
}

/** Every Any in a message; not what is packed within one, which stands or falls with it. */
export function* heldAnys(message: ReflectMessage): Generator<HeldAny> {
  for (const field of anyHolders(message.desc)) {
    if (!message.isSet(field)) {
      continue;
    }
    if (field.fieldKind === "message") {
      yield* heldBy(message.get(field), () => message.clear(field));
    } else if (field.fieldKind === "list") {
      const list = message.get(field);
      for (const item of list as Iterable<ReflectMessage>) {
        yield* heldBy(item, () => {
          const kept = [...(list as Iterable<ReflectMessage>)].filter(
            (other) => other.message !== item.message,
          );
          list.clear();
          for (const other of kept) {
            list.add(other);
          }
        });
      }
    } else if (field.fieldKind === "map") {
      const map = message.get(field);
      for (const [key, value] of map) {
        yield* heldBy(value as ReflectMessage, () => map.delete(key));
      }
    }
  }
}

function* heldBy(message: ReflectMessage, remove: () => void): Generator<HeldAny> {
  if (isAny(message.desc)) {
    yield { any: message.message as Any, remove };
  } else {
    yield* heldAnys(message);
  }
}
