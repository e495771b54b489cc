// SPDX-License-Identifier: Apache-2.0

import type { DeclaredOperation } from "./declared-operations.ts";
import type { ImportGraph } from "./import-graph.ts";
import { type Trait, traits, traitsOf } from "./traits.ts";

const filesPerTrait = 6;

// Whether these are found depends on what buf shows to the generator, so all of them count. Only an API
// of a thousand files has types within messages.
const filesOf: Readonly<Partial<Record<Trait, number>>> = { unreachable: 20, nested: 1 };

// More, spread evenly over the whole corpus, whatever their traits.
const ordinaryFiles = 24;

/** The paths of files that stand for all: some for each trait, and some from everywhere. */
export function sampleOf(
  operations: readonly DeclaredOperation[],
  imports: ImportGraph,
): ReadonlySet<string> {
  const sample = new Set<string>();
  const reached = new Set<string>();

  // Of those that will do, what adds the fewest imports, since these take most of the time.
  function take(candidates: Iterable<string>, count: number): void {
    const left = new Set(candidates);
    for (let i = 0; i < count && left.size > 0; i++) {
      const [cheapest = ""] = [...left].sort((a, b) => costOf(a) - costOf(b));
      left.delete(cheapest);
      sample.add(cheapest);
      for (const path of imports.closureOf(cheapest)) {
        reached.add(path);
      }
    }
  }

  function costOf(path: string): number {
    return [...imports.closureOf(path)].filter((imported) => !reached.has(imported)).length;
  }

  const having = new Map(traits.map((trait) => [trait, new Set<string>()]));
  for (const operation of operations) {
    for (const trait of traitsOf(operation, imports)) {
      having.get(trait)?.add(operation.file.name);
    }
  }
  for (const [trait, files] of [...having].sort(([, a], [, b]) => a.size - b.size)) {
    take(files, filesOf[trait] ?? filesPerTrait);
  }
  const all = [...new Set(operations.map(({ file }) => file.name))];
  for (let i = 0; i < ordinaryFiles; i++) {
    const boundary = (part: number) => Math.floor((all.length * part) / ordinaryFiles);
    const part = all.slice(boundary(i), boundary(i + 1));
    take(
      part.filter((path) => !sample.has(path)),
      1,
    );
  }
  return sample;
}
