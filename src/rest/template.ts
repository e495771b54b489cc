// SPDX-License-Identifier: Apache-2.0

import { isEncoded } from "./percent.ts";

/** What stands between two slashes: text, one segment of any text, or all segments that are left. */
export type TemplateSegment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "one" }
  | { readonly kind: "rest" };

/** Part of a path that is the value of a field. */
export interface TemplateVariable {
  /** The names of fields, from the request inwards. */
  readonly fieldPath: readonly string[];
  /** Its segments within those of the template. */
  readonly start: number;
  readonly end: number;
  /**
   * Whether it can span several segments: then slashes separate them, and an encoded slash within
   * one stays encoded.
   */
  readonly multiSegment: boolean;
}

/** A path template of a `google.api.HttpRule`, parsed. */
export interface PathTemplate {
  /** Those of variables among them, in order. */
  readonly segments: readonly TemplateSegment[];
  readonly variables: readonly TemplateVariable[];
  /** What follows the colon at the end, percent-encoded as in the template; empty if nothing does. */
  readonly verb: string;
}

/** A path template that breaks the grammar. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  /** Where the fault begins: an offset into the template, in UTF-16 code units, from 0. */
  readonly position: number;

  /** `problem` says what is wrong there. */
  constructor(problem: string, position: number) {
    super(`column ${position + 1}: ${problem}`);
    this.position = position;
  }
}

/**
 * Parses a path template. A literal keeps the percent-encoding that it has in the template.
 *
 * ```
 * Template  = "/" Segments [ ":" Literal ]
 * Segments  = Segment { "/" Segment }
 * Segment   = "*" | "**" | Literal | Variable
 * Variable  = "{" FieldPath [ "=" Segments ] "}"
 * FieldPath = Identifier { "." Identifier }
 * ```
 *
 * `**` matches zero or more segments, and only a verb may follow it.
 *
 * @throws TemplateError that says what is wrong, and where.
 * @see google/api/http.proto
 */
export function parseTemplate(text: string): PathTemplate {
  const segments: TemplateSegment[] = [];
  const variables: TemplateVariable[] = [];
  const named = new Set<string>();
  let position = 0;

  function expect(token: string, problem: string): void {
    if (!text.startsWith(token, position)) {
      throw new TemplateError(problem, position);
    }
    position += token.length;
  }

  function accept(token: string): boolean {
    const accepted = text.startsWith(token, position);
    position += accepted ? token.length : 0;
    return accepted;
  }

  function take(pattern: RegExp): string {
    pattern.lastIndex = position;
    const taken = pattern.exec(text)?.[0] ?? "";
    position += taken.length;
    return taken;
  }

  function literal(what: string): string {
    const start = position;
    const taken = take(literalCharacters);
    if (taken === "") {
      throw new TemplateError(`expected ${what}, found ${found(text, position)}`, position);
    }
    const encoded = isEncoded(taken);
    if (!encoded) {
      throw new TemplateError(`${taken} is not percent-encoded UTF-8`, start);
    }
    return taken;
  }

  function segment(): void {
    if (segments.at(-1)?.kind === "rest") {
      throw new TemplateError('nothing but a verb may follow "**"', position);
    }
    if (accept("**")) {
      segments.push({ kind: "rest" });
    } else if (accept("*")) {
      segments.push({ kind: "one" });
    } else {
      segments.push({ kind: "literal", text: literal('a segment, "*" or "**"') });
    }
  }

  function variable(): void {
    const at = position;
    const fieldPath = [];
    do {
      const identifier = take(identifierCharacters);
      if (identifier === "") {
        throw new TemplateError(`expected a field, found ${found(text, position)}`, position);
      }
      fieldPath.push(identifier);
    } while (accept("."));
    const name = fieldPath.join(".");
    if (named.has(name)) {
      throw new TemplateError(`the variable ${name} stands here twice`, at);
    }
    named.add(name);
    const start = segments.length;
    if (accept("=")) {
      do {
        segment();
      } while (accept("/"));
    } else if (segments.at(-1)?.kind === "rest") {
      throw new TemplateError('nothing but a verb may follow "**"', at);
    } else {
      segments.push({ kind: "one" });
    }
    expect("}", `expected "}", found ${found(text, position)}`);
    const end = segments.length;
    const multiSegment = end - start > 1 || segments[start]?.kind === "rest";
    variables.push({ fieldPath, start, end, multiSegment });
  }

  expect("/", 'expected a "/" to begin with');
  do {
    if (accept("{")) {
      variable();
    } else {
      segment();
    }
  } while (accept("/"));
  const verb = accept(":") ? literal("a verb") : "";
  if (position < text.length) {
    const problem = `expected the end, "/" or ":", found ${found(text, position)}`;
    throw new TemplateError(verb === "" ? problem : "nothing may follow the verb", position);
  }
  return { segments, variables, verb };
}

/** The pattern of a variable, or of a whole template without its first slash and its verb. */
export function printSegments(segments: readonly TemplateSegment[]): string {
  return segments.map(printSegment).join("/");
}

/** Prints a template in its shortest form: `{name=*}` as `{name}`. */
export function printTemplate({ segments, variables, verb }: PathTemplate): string {
  let text = "";
  for (let index = 0; index < segments.length; ) {
    const variable = variables.find(({ start }) => start === index);
    const end = variable?.end ?? index + 1;
    const pattern = printSegments(segments.slice(index, end));
    const name = variable?.fieldPath.join(".");
    text += "/";
    text += name === undefined ? pattern : `{${name}${pattern === "*" ? "" : `=${pattern}`}}`;
    index = end;
  }
  return verb === "" ? text : `${text}:${verb}`;
}

function printSegment(segment: TemplateSegment): string {
  switch (segment.kind) {
    case "literal":
      return segment.text;
    case "one":
      return "*";
    case "rest":
      return "**";
  }
}

// What RFC 3986 lets stand in a segment, but for what means something in a template.
const literalCharacters = /[\w\-.~!$&'()+,;@%]+/y;
const identifierCharacters = /[A-Za-z_]\w*/y;

function found(text: string, position: number): string {
  const character = text.codePointAt(position);
  return character === undefined ? "the end" : `"${String.fromCodePoint(character)}"`;
}
