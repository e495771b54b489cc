// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  FilterError,
  maxFilterDepth,
  maxFilterLength,
  maxFilterTerms,
  parseFilter,
} from "../../src/filter/index.ts";
import type { Argument, Expression, Segment } from "../../src/filter/syntax.ts";
import { print, withoutRanges } from "./print.ts";

/** A tree as nested calls, to be read at a glance. */
function outline(text: string): string {
  const { expression } = parseFilter(text);
  return expression === undefined ? "" : outlineOf(expression);
}

function outlineOf(expression: Expression): string {
  switch (expression.kind) {
    case "restriction": {
      const { subject, comparison } = expression;
      return comparison === undefined
        ? argumentOf(subject)
        : `${argumentOf(subject)}${comparison.comparator.symbol}${argumentOf(comparison.argument)}`;
    }
    case "not":
      return `${expression.operator === "-" ? "minus" : "not"}(${outlineOf(expression.operand)})`;
    default:
      return `${expression.kind}(${expression.operands.map(outlineOf).join(" ")})`;
  }
}

function argumentOf(argument: Argument): string {
  switch (argument.kind) {
    case "member":
      return argument.segments.map(segmentOf).join(".");
    case "call":
      return `${argument.name.map(segmentOf).join(".")}[${argument.args.map(argumentOf).join(" ")}]`;
    case "group":
      return `{${outlineOf(argument.expression)}}`;
  }
}

function segmentOf({ kind, parts }: Segment): string {
  return kind === "text" ? parts.join("*") : `<${parts.join("*")}>`;
}

describe("the grammar", () => {
  test.each([
    ["", ""],
    [" \n\t ", ""],
    ["a", "a"],
    ["  a  ", "a"],
    ["a b AND c AND d", "and(sequence(a b) c d)"],
    ["(a b) AND c AND d", "and(sequence(a b) c d)"],
    ["New York Giants OR Yankees", "sequence(New York or(Giants Yankees))"],
    ["a < 10 OR a >= 100", "or(a<10 a>=100)"],
    ["a AND b OR c", "and(a or(b c))"],
    ["a OR b AND c OR d", "and(or(a b) or(c d))"],
    ["a OR b OR c", "or(a b c)"],
    ["a AND (b AND c)", "and(a and(b c))"],
    ["((a))", "a"],
    ["NOT a OR b", "or(not(a) b)"],
    ["NOT (a OR b)", "not(or(a b))"],
    ["NOT\n(NOT a)", "not(not(a))"],
    [`-file:".java"`, "minus(file:<.java>)"],
    ["-30", "minus(30)"],
    ["-(a b)", "minus(sequence(a b))"],
    ["a -b", "sequence(a minus(b))"],
    ["a-b", "a-b"],
    ["package=com.google", "package=com.google"],
    ["msg != 'hello'", "msg!=<hello>"],
    ["1 > 0", "1>0"],
    ["2.5 >= 2.4", "2.5>=2.4"],
    ["experiment.rollout <= cohort(request.user)", "experiment.rollout<=cohort[request.user]"],
    ["map:key", "map:key"],
    ["prod", "prod"],
    ["expr.type_map.1.type", "expr.type_map.1.type"],
    ["regex(m.key, '^.*prod.*$')", "regex[m.key <^.*prod.*$>]"],
    ["math.mem('30mb')", "math.mem[<30mb>]"],
    ["f()", "f[]"],
    ["f( )", "f[]"],
    ["f(g(-1), (a OR b))", "f[g[-1] {or(a b)}]"],
    ["f (a)", "sequence(f a)"],
    ["math.NOT(x)", "math.NOT[x]"],
    ["(msg.endsWith('world') AND retries < 10)", "and(msg.endsWith[<world>] retries<10)"],
    ["a.AND.OR.NOT = 1", "a.AND.OR.NOT=1"],
    ["andy OR orson", "or(andy orson)"],
    ["a and b or not c", "sequence(a and b or not c)"],
    ["a = -30", "a=-30"],
    ["a = -30.5e-3", "a=-30.5e-3"],
    ["a:-b", "a:-b"],
    ["a\t<=\n5", "a<=5"],
    ["a=b AND c", "and(a=b c)"],
    ["t > 2012-04-21T11:30:00.5-04:00", "t>2012-04-21T11:30:00.5-04:00"],
    ["m:a:b", "m:a:b"],
    ["a = (b OR NOT c)", "a={or(b not(c))}"],
    ["a = (b)", "a={b}"],
    ["a:(b c)", "a:{sequence(b c)}"],
    [`"a".'b'.c = "d"`, "<a>.<b>.c=<d>"],
    [`"say \\"hi\\"" 'it\\'s'`, `sequence(<say "hi"> <it's>)`],
    [`"\\\\ \\n\\r\\t"`, "<\\ \n\r\t>"],
    [`"" ''`, "sequence(<> <>)"],
    ["a!b", "a!b"],
    ["ünï@cödé/💥 = 日本", "ünï@cödé/💥=日本"],
    ["a\u00a0b", "sequence(a b)"],
  ])("%j", (text, expected) => {
    expect(outline(text)).toBe(expected);
  });

  test("tells a wildcard from an escaped star", () => {
    const { expression } = parseFilter(String.raw`"a*b\*c" d*`);
    expect(withoutRanges(expression)).toMatchObject({
      operands: [
        { subject: { segments: [{ kind: "string", parts: ["a", "b*c"] }] } },
        { subject: { segments: [{ kind: "text", parts: ["d", ""] }] } },
      ],
    });
  });

  test("says where each part stands", () => {
    const text = `a.b = "c" AND NOT (d:(e) OR f())`;
    const seen: string[] = [];
    JSON.stringify(parseFilter(text).expression, (_, value) => {
      if (typeof value?.start === "number") {
        seen.push(text.slice(value.start, value.end));
      }
      return value;
    });
    expect(seen).toEqual([
      text,
      ...[`a.b = "c"`, "a.b", "a", "b", "=", `"c"`, `"c"`],
      ...["NOT (d:(e) OR f())", "d:(e) OR f()", "d:(e)", "d", "d", ":", "(e)", "e", "e", "e"],
      ...["f()", "f()", "f"],
    ]);
  });
});

describe("limits", () => {
  const nested = (depth: number) => `${"(".repeat(depth)}a${")".repeat(depth)}`;

  test.each([
    ["length", "a".repeat(maxFilterLength)],
    ["depth", nested(maxFilterDepth)],
    ["depth of functions", `${"f(".repeat(maxFilterDepth)}${")".repeat(maxFilterDepth)}`],
    ["terms", "a ".repeat(maxFilterTerms)],
    ["values", `a = (${"b ".repeat(maxFilterTerms - 1)})`],
  ])("the greatest %s is accepted", (_, text) => {
    expect(() => parseFilter(text)).not.toThrow();
  });

  test.each([
    ["length", "a".repeat(maxFilterLength + 1), maxFilterLength],
    ["depth", nested(maxFilterDepth + 1), maxFilterDepth],
    ["depth of values", `a = ${nested(maxFilterDepth + 1)}`, 4 + maxFilterDepth],
    ["depth of functions", "f(".repeat(maxFilterDepth + 1), 2 * maxFilterDepth + 1],
    ["terms", "a ".repeat(maxFilterTerms + 1), 2 * maxFilterTerms],
    ["values", `a = (${"b ".repeat(maxFilterTerms)})`, 5 + 2 * (maxFilterTerms - 1)],
  ])("a greater %s is refused", (_, text, position) => {
    expect(() => parseFilter(text)).toThrow(FilterError);
    expect(() => parseFilter(text)).toThrow(expect.objectContaining({ position }));
  });
});

const word = fc.stringMatching(/^[a-z0-9_*/@é]{1,6}$/u);
const keyword = fc.constantFrom("AND", "OR", "NOT");
const range = { start: 0, end: 0 };
const text = (value: fc.Arbitrary<string>): fc.Arbitrary<Segment> =>
  value.map((value) => ({ kind: "text", parts: value.split("*"), ...range }));
const string: fc.Arbitrary<Segment> = fc
  .array(fc.string({ unit: fc.constantFrom(..."ab \"'\\*.:()=<-\n💥") }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => ({ kind: "string", parts, ...range }));
const segments = fc
  .tuple(
    fc.oneof(text(word), string),
    fc.array(fc.oneof(text(word), text(keyword), string), { maxLength: 2 }),
  )
  .map(([first, others]) => [first, ...others]);
const symbol = fc.constantFrom("=", "!=", "<", "<=", ">", ">=", ":");

// What the two kinds of branches share, so that together they stay far from the limits.
const depthIdentifier = fc.createDepthIdentifier();
const { expression } = fc.letrec<{ expression: Expression; argument: Argument }>((tie) => {
  const member = segments.map((segments) => ({ kind: "member" as const, segments, ...range }));
  const call = fc
    .tuple(
      text(word),
      fc.array(fc.oneof(text(word), text(keyword)), { maxLength: 1 }),
      fc.array(tie("argument"), { maxLength: 2 }),
    )
    .map(([name, rest, args]) => ({
      kind: "call" as const,
      name: [name, ...rest],
      args,
      ...range,
    }));
  const comparable = fc.oneof({ weight: 5, arbitrary: member }, { weight: 1, arbitrary: call });
  const several = fc.array(tie("expression"), { minLength: 2, maxLength: 3 });
  const operations = fc.oneof(
    fc
      .tuple(fc.constantFrom("and" as const, "sequence" as const, "or" as const), several)
      .map(([kind, operands]) => ({ kind, operands, ...range })),
    fc
      .tuple(fc.constantFrom("NOT" as const, "-" as const), tie("expression"))
      .map(([operator, operand]) => ({ kind: "not" as const, operator, operand, ...range })),
  );
  const restriction = fc
    .tuple(comparable, fc.option(fc.tuple(symbol, tie("argument")), { nil: undefined }))
    .map(([subject, right]) => ({
      kind: "restriction" as const,
      subject,
      comparison: right && { comparator: { symbol: right[0], ...range }, argument: right[1] },
      ...range,
    }));
  return {
    expression: fc.oneof({ maxDepth: 4, depthIdentifier }, restriction, operations),
    argument: fc.oneof(
      { maxDepth: 4, depthIdentifier },
      comparable,
      tie("expression").map((expression) => ({ kind: "group" as const, expression, ...range })),
    ),
  };
});

test("what is printed parses to the same", () => {
  fc.assert(
    fc.property(expression, (expression) => {
      const printed = print(expression);
      const terms = JSON.stringify(expression).split('"restriction"').length - 1;
      fc.pre(printed.length <= maxFilterLength && terms <= maxFilterTerms);
      expect(withoutRanges(parseFilter(printed).expression)).toEqual(withoutRanges(expression));
    }),
    { numRuns: 2000 },
  );
});
