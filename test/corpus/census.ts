// SPDX-License-Identifier: Apache-2.0

import type { DeclaredOperation } from "./declared-operations.ts";
import type { ImportGraph } from "./import-graph.ts";
import { describe, type Trait, traits, traitsOf } from "./traits.ts";

type Counts = Readonly<Record<Trait | "files" | "services" | "methods", number>>;

/**
 * What google-proto-files 5.0.3 has, so that nothing can go missing unnoticed. Of the 479 files with
 * long-running methods, four have none with an annotation, so that there is nothing to generate.
 */
const expected: Counts = {
  files: 479,
  services: 491,
  methods: 2655,
  short: 3706,
  full: 1584,
  nested: 5,
  foreign: 37,
  unimported: 185,
  unreachable: 87,
  empty: 703,
  any: 22,
  struct: 42,
  namesake: 36,
  deprecated: 35,
  unannotated: 10,
};

/** What there is, and what of it is checked. */
interface Census {
  readonly lines: readonly string[];
  /** What is not there as expected, or is checked nowhere. */
  readonly faults: readonly string[];
}

export function census(
  all: readonly DeclaredOperation[],
  checked: readonly DeclaredOperation[],
  imports: ImportGraph,
): Census {
  const found = countsOf(all, imports);
  const covered = countsOf(checked, imports);
  const kinds = Object.keys(expected) as readonly (keyof Counts)[];
  return {
    lines: [
      row("found", "checked", ""),
      ...kinds.map((kind) => row(found[kind], covered[kind], descriptionOf(kind))),
    ],
    faults: kinds.flatMap((kind) => [
      ...(found[kind] === expected[kind]
        ? []
        : [`${descriptionOf(kind)}: expected ${expected[kind]}, found ${found[kind]}`]),
      ...(covered[kind] > 0 ? [] : [`${descriptionOf(kind)}: none is checked`]),
    ]),
  };
}

function countsOf(operations: readonly DeclaredOperation[], imports: ImportGraph): Counts {
  const found = operations.flatMap((operation) => traitsOf(operation, imports));
  const counts = traits.map((trait) => [trait, found.filter((each) => each === trait).length]);
  return {
    files: new Set(operations.map(({ file }) => file)).size,
    services: new Set(operations.map(({ service }) => service)).size,
    methods: operations.length,
    ...(Object.fromEntries(counts) as Record<Trait, number>),
  };
}

function descriptionOf(kind: keyof Counts): string {
  switch (kind) {
    case "files":
      return "files with long-running methods";
    case "services":
      return "services";
    case "methods":
      return "long-running methods";
    default:
      return describe(kind);
  }
}

const columnWidth = 8;

function row(found: string | number, checked: string | number, description: string): string {
  const columns = [found, checked].map((cell) => String(cell).padStart(columnWidth)).join("");
  return `${columns}  ${description}`.trimEnd();
}
