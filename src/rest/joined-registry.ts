// SPDX-License-Identifier: Apache-2.0

import type { Registry } from "@bufbuild/protobuf";

/**
 * The types of both registries, as they are at each look-up; where both know a name, the type of the
 * first.
 */
export function joinedRegistry(first: Registry, second: Registry): Registry {
  return {
    kind: "registry",
    *[Symbol.iterator]() {
      yield* first;
      for (const type of second) {
        if (first.get(type.typeName) === undefined) {
          yield type;
        }
      }
    },
    get: (name) => first.get(name) ?? second.get(name),
    getMessage: (name) => first.getMessage(name) ?? second.getMessage(name),
    getEnum: (name) => first.getEnum(name) ?? second.getEnum(name),
    getExtension: (name) => first.getExtension(name) ?? second.getExtension(name),
    getExtensionFor: (extendee, no) =>
      first.getExtensionFor(extendee, no) ?? second.getExtensionFor(extendee, no),
    getService: (name) => first.getService(name) ?? second.getService(name),
  };
}
