// SPDX-License-Identifier: Apache-2.0

import type { DescMessage } from "@bufbuild/protobuf";
import type { CheckedFilter, MetadataTypeTest } from "./checked-filter.ts";
import { excerpt } from "./excerpt.ts";
import { maxFilterDepth } from "./limits.ts";
import { asksForPresence, nameOf, type Operand, pathText } from "./literal.ts";
import { operationFields } from "./operation-fields.ts";
import { type Problem, problem } from "./problem.ts";
import { resolveIn } from "./resolve.ts";
import type { Segment } from "./syntax.ts";

/** A comparison with a single value. */
export interface PathComparison extends Operand {
  /** One or more segments. */
  readonly path: readonly Segment[];
}

/** Checks a comparison against the fields of an operation, and against every type of metadata. */
export function compare(
  comparison: PathComparison,
  metadata: readonly DescMessage[],
): CheckedFilter | Problem {
  const { path } = comparison;
  const tooDeep = path[maxFilterDepth];
  if (tooDeep !== undefined) {
    return problem(tooDeep.start, () => `a path has at most ${maxFilterDepth} parts`);
  }
  const names = path.map(nameOf);
  switch (names[0]) {
    case "metadata":
      return path.length === 1 && asksForPresence(comparison)
        ? { kind: "present", field: "metadata" }
        : compareMetadata(comparison, metadata);
    case "error":
      return compareError(comparison);
    default:
      return compareField(comparison, metadata);
  }
}

function compareField(
  comparison: PathComparison,
  metadata: readonly DescMessage[],
): CheckedFilter | Problem {
  const [first, second] = comparison.path;
  const name = first === undefined ? "" : nameOf(first);
  const compareWith = name.includes(".") ? undefined : operationFields.get(name);
  if (compareWith === undefined) {
    const fields = [...operationFields.keys()].filter((path) => !path.includes("."));
    const known = [...fields, "error", "metadata"];
    const isMetadata = metadata.some(({ fields }) => fields.some((field) => field.name === name));
    return {
      ...problem(first?.start ?? 0, () => `${excerpt(name)} is no field to filter by`),
      unknown: isMetadata
        ? { name, known: [name], prefix: "metadata." }
        : { name, known, prefix: "" },
    };
  }
  return second === undefined
    ? compareWith(comparison)
    : problem(second.start, () => `${excerpt(name)} has no fields`);
}

/** `error:code` asks for what `error.code:*` does. */
function compareError(comparison: PathComparison): CheckedFilter | Problem {
  const { path, comparator, literal } = comparison;
  const [, field, beyond] = path;
  if (field === undefined && asksForPresence(comparison)) {
    return { kind: "present", field: "error" };
  }
  if (field === undefined && comparator.symbol !== ":") {
    const remedy = `compare "error.code" or "error.message"`;
    return problem(
      comparator.start,
      () => `"error" is a message, which ${comparator.symbol} does not compare; ${remedy}`,
    );
  }
  const name = field === undefined ? literal.text : nameOf(field);
  const compareWith =
    name === "code" || name === "message" ? operationFields.get(`error.${name}`) : undefined;
  if (compareWith === undefined) {
    return {
      ...problem(
        (field ?? literal).start,
        () => `${excerpt(`error.${name}`)} is no field to filter by`,
      ),
      unknown: { name, known: ["code", "message"], prefix: "error." },
    };
  }
  if (beyond !== undefined) {
    return problem(beyond.start, () => `${excerpt(pathText(path, 2))} has no fields`);
  }
  const star = { ...literal, text: "*", parts: ["", ""] };
  return compareWith(field === undefined ? { comparator, literal: star } : comparison);
}

function compareMetadata(
  comparison: PathComparison,
  metadata: readonly DescMessage[],
): CheckedFilter | Problem {
  const types = new Map<string, MetadataTypeTest>();
  const problems: Problem[] = [];
  for (const type of metadata) {
    const whole = { message: type, scalar: undefined, enum: undefined };
    const test = resolveIn(whole, { ...comparison, resolved: 1 });
    if (test.kind === "problem") {
      problems.push(test);
    } else {
      types.set(type.typeName, { type, test });
    }
  }
  return types.size > 0 ? { kind: "metadata", types } : furthest(comparison, problems);
}

/** Of the problems with each type, that of the type which the filter fits best. */
function furthest({ path, literal }: PathComparison, problems: readonly Problem[]): Problem {
  const start = Math.max(...problems.map((found) => found.start));
  const [found, ...others] = problems.filter((found) => found.start === start);
  if (found === undefined) {
    return problem((path[1] ?? literal).start, () => "no metadata is served here");
  }
  const { unknown } = found;
  if (unknown === undefined) {
    return found;
  }
  const known = [found, ...others].flatMap((found) => found.unknown?.known ?? []);
  return { ...found, unknown: { ...unknown, known } };
}
