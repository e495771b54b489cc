// SPDX-License-Identifier: Apache-2.0

import { decodeSegment, decodeSegments, encodeUnreserved } from "./percent.ts";
import {
  type PathTemplate,
  printSegments,
  type TemplateSegment,
  type TemplateVariable,
} from "./template.ts";

/**
 * Builds the path that a template gives with these values of its variables, in order. Such a path
 * leads to the same values again.
 *
 * @throws Error that says which value does not fit.
 */
export function expandTemplate(template: PathTemplate, values: readonly string[]): string {
  const { segments, variables, verb } = template;
  const encoded: string[] = [];
  for (let index = 0; index < segments.length; ) {
    const at = variables.findIndex(({ start }) => start === index);
    const variable = variables[at];
    if (variable === undefined) {
      encoded.push(...expandUnnamed(segments[index]));
      index++;
    } else {
      encoded.push(...expandVariable(variable, segments, values[at] ?? ""));
      index = variable.end;
    }
  }
  const path = `/${encoded.join("/")}${verb === "" ? "" : `:${verb}`}`;
  if (/\/\.{1,2}(?:\/|$)/.test(path)) {
    // Every client of HTTP would resolve it, encoded or not, and call something else.
    throw new Error('a segment of the path would be "." or ".."');
  }
  return path;
}

function expandUnnamed(segment: TemplateSegment | undefined): readonly string[] {
  if (segment?.kind === "one") {
    throw new Error('the path has a "*" that no field gives a value');
  }
  return segment?.kind === "literal" ? [segment.text] : [];
}

function expandVariable(
  variable: TemplateVariable,
  segments: readonly TemplateSegment[],
  value: string,
): readonly string[] {
  const { start, end, multiSegment } = variable;
  const pattern = segments.slice(start, end);
  // No segment at all rather than an empty one.
  const parts = multiSegment ? (value === "" ? [] : value.split("/")) : [value];
  const decode = multiSegment ? decodeSegments : decodeSegment;
  const encoded: string[] = [];
  for (const [index, segment] of pattern.entries()) {
    if (segment.kind === "rest") {
      return [...encoded, ...parts.slice(index).map(encodeUnreserved)];
    }
    const part = parts[index] ?? "";
    if (segment.kind === "one" ? part === "" : part !== decode(segment.text)) {
      throw mismatch(variable, pattern);
    }
    encoded.push(segment.kind === "one" ? encodeUnreserved(part) : segment.text);
  }
  if (parts.length > pattern.length) {
    throw mismatch(variable, pattern);
  }
  return encoded;
}

function mismatch({ fieldPath }: TemplateVariable, pattern: readonly TemplateSegment[]): Error {
  const name = fieldPath.join(".");
  return new Error(
    pattern.length === 1 && pattern[0]?.kind === "one"
      ? `${name} is empty`
      : `${name} does not match ${printSegments(pattern)}`,
  );
}
