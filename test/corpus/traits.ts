// SPDX-License-Identifier: Apache-2.0

import type { DeclaredOperation } from "./declared-operations.ts";
import type { ImportGraph } from "./import-graph.ts";

const descriptions = {
  short: "names without a dot",
  full: "full names",
  nested: "types within a message",
  foreign: "types of another package",
  unimported: "types of a file that is not imported",
  unreachable: "types of a file that is not even imported by an import",
  empty: "google.protobuf.Empty",
  any: "google.protobuf.Any",
  struct: "google.protobuf.Struct",
  namesake: "methods with the name of a method in another service of the file",
  deprecated: "deprecated methods",
  unannotated: "methods without operation_info, which stay untyped",
};

/** What an operation of the corpus can be an example of. */
export type Trait = keyof typeof descriptions;

export const traits = Object.keys(descriptions) as readonly Trait[];

/** What has a trait, in a few words. */
export function describe(trait: Trait): string {
  return descriptions[trait];
}

/** The traits of an operation, and those of its types, each once for each type that has it. */
export function traitsOf(
  { file, service, method, types }: DeclaredOperation,
  imports: ImportGraph,
): Trait[] {
  const others = file.service.filter((other) => other !== service);
  const own: Partial<Record<Trait, boolean>> = {
    namesake: others.some((other) => other.method.some(({ name }) => name === method.name)),
    deprecated: method.options?.deprecated === true,
    unannotated: types === undefined,
  };
  const ofTypes = (types ?? []).map(
    (type): Partial<Record<Trait, boolean>> => ({
      short: !type.text.includes("."),
      full: type.text.includes("."),
      nested: type.nested,
      foreign: ![file.package, "google.protobuf"].includes(imports.packageOf(type.file)),
      unimported: type.file !== file.name && !file.dependency.includes(type.file),
      unreachable: !imports.closureOf(file.name).has(type.file),
      empty: type.typeName === "google.protobuf.Empty",
      any: type.typeName === "google.protobuf.Any",
      struct: type.typeName === "google.protobuf.Struct",
    }),
  );
  return [own, ...ofTypes].flatMap((has) => traits.filter((trait) => has[trait]));
}
