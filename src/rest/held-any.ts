// SPDX-License-Identifier: Apache-2.0

import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { ReflectList, ReflectMap, ReflectMessage } from "@bufbuild/protobuf/reflect";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";

const holdersByType = new WeakMap<DescMessage, readonly DescField[]>();

/** The fields of a type that are an Any, or hold one somewhere below. */
export function anyHolders(type: DescMessage): readonly DescField[] {
  let fields = holdersByType.get(type);
  if (fields === undefined) {
    fields = type.fields.filter(({ message }) => holdsAny(message, new Set()));
    holdersByType.set(type, fields);
  }
  return fields;
}

function holdsAny(type: DescMessage | undefined, seen: Set<DescMessage>): boolean {
  if (type === undefined || seen.has(type)) {
    return false;
  }
  seen.add(type);
  return isAny(type) || type.fields.some(({ message }) => holdsAny(message, seen));
}

function isAny(type: DescMessage): boolean {
  return type.typeName === AnySchema.typeName;
}

/**
 * Takes each `google.protobuf.Any` out of a message that is not to be kept; where all are, the message
 * is not touched. What is packed within one stands or falls with it.
 */
export function keepAnys(message: ReflectMessage, keeps: (any: Any) => boolean): void {
  // A message that is itself an Any cannot be taken out of anything.
  const kept = (item: ReflectMessage) => {
    if (isAny(item.desc)) {
      return keeps(item.message as Any);
    }
    keepAnys(item, keeps);
    return true;
  };
  for (const field of isAny(message.desc) ? [] : anyHolders(message.desc)) {
    if (field.fieldKind === "message") {
      if (message.isSet(field) && !kept(message.get(field))) {
        message.clear(field);
      }
    } else if (field.fieldKind === "list") {
      const list = message.get(field) as ReflectList<ReflectMessage>;
      const items = [...list];
      const keptItems = items.filter(kept);
      if (keptItems.length < items.length) {
        list.clear();
        for (const item of keptItems) {
          list.add(item);
        }
      }
    } else if (field.fieldKind === "map") {
      const map = message.get(field) as ReflectMap<unknown, ReflectMessage>;
      for (const [key, value] of map) {
        if (!kept(value)) {
          map.delete(key);
        }
      }
    }
  }
}
