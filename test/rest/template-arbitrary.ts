// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import type { PathTemplate, TemplateSegment, TemplateVariable } from "../../src/rest/template.ts";

const literal: fc.Arbitrary<TemplateSegment> = fc
  .constantFrom("v1", "shelves", "a", "b", "my%20x", "%C3%A9", "$x", "a.b", "x%2Fy")
  .map((text) => ({ kind: "literal", text }));
const one: fc.Arbitrary<TemplateSegment> = fc.constant({ kind: "one" });
const rest: TemplateSegment = { kind: "rest" };

interface Part {
  readonly segments: readonly TemplateSegment[];
  readonly fieldPath: readonly string[] | undefined;
}

const identifier = fc.constantFrom("name", "id", "sub", "a_b", "_x1");
const part: fc.Arbitrary<Part> = fc.oneof(
  literal.map((segment): Part => ({ segments: [segment], fieldPath: undefined })),
  one.map((segment): Part => ({ segments: [segment], fieldPath: undefined })),
  fc.record({
    segments: fc.array(fc.oneof(literal, one), { minLength: 1, maxLength: 3 }),
    fieldPath: fc.array(identifier, { minLength: 1, maxLength: 3 }),
  }),
);

/** Any template, in its shortest form. */
export const templates: fc.Arbitrary<PathTemplate> = fc
  .record({
    parts: fc.uniqueArray(part, {
      minLength: 1,
      maxLength: 5,
      // Nameless ones are all different.
      selector: (one) => one.fieldPath?.join(".") ?? one,
    }),
    endsInRest: fc.boolean(),
    verb: fc.constantFrom("", "", "go", "x%20y"),
  })
  .map(({ parts, endsInRest, verb }) => {
    const segments: TemplateSegment[] = [];
    const variables: TemplateVariable[] = [];
    for (const [index, { fieldPath, segments: own }] of parts.entries()) {
      const start = segments.length;
      const all = endsInRest && index === parts.length - 1 ? [...own, rest] : own;
      segments.push(...all);
      if (fieldPath !== undefined) {
        const end = segments.length;
        const multiSegment = all.length > 1 || all[0] === rest;
        variables.push({ fieldPath, start, end, multiSegment });
      }
    }
    return { segments, variables, verb };
  });

const text = fc.oneof(
  fc.string({ minLength: 1, unit: "grapheme" }),
  fc.constantFrom("a:go", "a/b", "%2F", "a%2Fb", "..", "100%", "a+b", "?#&", "go"),
);

/** Values that fit the variables of a template. */
export function valuesFor({ segments, variables }: PathTemplate): fc.Arbitrary<string[]> {
  return fc.tuple(
    ...variables.map(({ start, end, multiSegment }) => {
      // Of several segments, each keeps its slashes to itself.
      const single = multiSegment ? text.filter((value) => !value.includes("/")) : text;
      const parts = segments.slice(start, end).map((segment) => {
        if (segment.kind === "rest") {
          return fc.array(single, { maxLength: 3 });
        }
        return segment.kind === "one"
          ? single.map((value) => [value])
          : fc.constant([decode(segment.text, multiSegment)]);
      });
      return fc.tuple(...parts).map((values) => values.flat().join("/"));
    }),
  );
}

function decode(literal: string, multiSegment: boolean): string {
  return multiSegment
    ? literal.replace(/(?:%(?!2F)\w\w)+/g, decodeURIComponent)
    : decodeURIComponent(literal);
}
