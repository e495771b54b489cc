// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";

/** The same types, and of messages that are not among them those that `find` knows. */
export function registryWith(
  registry: Registry,
  find: (typeName: string) => DescMessage | undefined,
): Registry {
  return {
    kind: "registry",
    [Symbol.iterator]: () => registry[Symbol.iterator](),
    get: (typeName) => registry.get(typeName) ?? find(typeName),
    getMessage: (typeName) => registry.getMessage(typeName) ?? find(typeName),
    getEnum: (typeName) => registry.getEnum(typeName),
    getExtension: (typeName) => registry.getExtension(typeName),
    getExtensionFor: (extendee, no) => registry.getExtensionFor(extendee, no),
    getService: (typeName) => registry.getService(typeName),
  };
}

/**
 * The same types, and for every other name a message without fields. An Any in JSON whose type nobody
 * knows reads as one of that type without a value, and does not fail the message that holds it.
 */
export function lenientRegistry(registry: Registry): Registry {
  return registryWith(registry, (typeName) => ({ ...EmptySchema, typeName }));
}
