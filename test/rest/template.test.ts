// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expandTemplate } from "../../src/rest/expand.ts";
import { createRouter } from "../../src/rest/router.ts";
import {
  type PathTemplate,
  parseTemplate,
  printTemplate,
  TemplateError,
} from "../../src/rest/template.ts";
import { templates, valuesFor } from "./template-arbitrary.ts";

describe("a template", () => {
  test.each([
    ["", 0, 'expected a "/" to begin with'],
    ["v1", 0, 'expected a "/" to begin with'],
    ["/", 1, 'expected a segment, "*" or "**", found the end'],
    ["/v1//x", 4, 'expected a segment, "*" or "**", found "/"'],
    ["/v1/", 4, 'expected a segment, "*" or "**", found the end'],
    ["/v1/{}", 5, 'expected a field, found "}"'],
    ["/v1/{a.}", 7, 'expected a field, found "}"'],
    ["/v1/{a.1}", 7, 'expected a field, found "1"'],
    ["/v1/{a-b}", 6, 'expected "}", found "-"'],
    ["/v1/{name", 9, 'expected "}", found the end'],
    ["/v1/{a={b}}", 7, 'expected a segment, "*" or "**", found "{"'],
    ["/v1/{a=x:y}", 8, 'expected "}", found ":"'],
    ["/v1/**/x", 7, 'nothing but a verb may follow "**"'],
    ["/v1/**/{b}", 8, 'nothing but a verb may follow "**"'],
    ["/v1/{a=**}/*", 11, 'nothing but a verb may follow "**"'],
    ["/v1/{a=**/x}", 10, 'nothing but a verb may follow "**"'],
    ["/v1/***", 6, 'expected the end, "/" or ":", found "*"'],
    ["/v1/x*", 5, 'expected the end, "/" or ":", found "*"'],
    ["/v1/x y", 5, 'expected the end, "/" or ":", found " "'],
    ["/v1/x😀", 5, 'expected the end, "/" or ":", found "😀"'],
    ["/v1/x?y=z", 5, 'expected the end, "/" or ":", found "?"'],
    ["/v1/x:", 6, "expected a verb, found the end"],
    ["/v1/x:y:z", 7, "nothing may follow the verb"],
    ["/v1/x:y/z", 7, "nothing may follow the verb"],
    ["/v1/x%2", 4, "x%2 is not percent-encoded UTF-8"],
    ["/v1/%ff", 4, "%ff is not percent-encoded UTF-8"],
    ["/v1/{a}/{b}/{a}", 13, "the variable a stands here twice"],
  ])("%j is refused at %i", (text, position, problem) => {
    const error = thrownBy(() => parseTemplate(text));
    expect(error).toBeInstanceOf(TemplateError);
    expect(error).toMatchObject({ position, message: `column ${position + 1}: ${problem}` });
  });

  test.each([
    ["/v1/{id=*}", "/v1/{id}"],
    ["/v1/{a.b_c=x/**}:v", "/v1/{a.b_c=x/**}:v"],
    ["/$discovery/rest:list", "/$discovery/rest:list"],
    ["/**", "/**"],
  ])("%s prints as %s", (text, printed) => {
    expect(printTemplate(parseTemplate(text))).toBe(printed);
  });

  test("prints as what it is parsed from", () => {
    fc.assert(
      fc.property(templates, (template) => {
        expect(parseTemplate(printTemplate(template))).toEqual(template);
      }),
    );
  });

  test("of any text parses, or is refused at a place in it", () => {
    const piece = fc.constantFrom(
      "/",
      "{",
      "}",
      "=",
      "*",
      "**",
      ":",
      ".",
      "a",
      "%",
      "%2F",
      "1",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join("");
        const parsed = attempt(() => parseTemplate(text));
        if (parsed instanceof Error) {
          expect(parsed).toBeInstanceOf(TemplateError);
          expect((parsed as TemplateError).position).toBeLessThanOrEqual(text.length);
        } else {
          expect(parseTemplate(printTemplate(parsed))).toEqual(parsed);
        }
      }),
    );
  });

  test("is parsed in linear time", () => {
    const long = "/a".repeat(200_000);
    const start = performance.now();
    expect(parseTemplate(long).segments).toHaveLength(200_000);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("a path from a template", () => {
  test.each([
    ["/v1/{name=shelves/*}", ["shelves/a b"], "/v1/shelves/a%20b"],
    ["/v1/{id}", ["a/b:c%2F!'()*~"], "/v1/a%2Fb%3Ac%252F%21%27%28%29%2A~"],
    ["/v1/{path=**}", ["a/b//c/"], "/v1/a/b//c/"],
    ["/v1/{path=**}", [""], "/v1"],
    ["/v1/{path=**}:go", [""], "/v1:go"],
    ["/{path=**}", [""], "/"],
    ["/v1/{name=operations}", ["operations"], "/v1/operations"],
    ["/v1/{name=operations/**}:wait", ["operations"], "/v1/operations:wait"],
    ["/v1/{name=my%20x/*}", ["my x/é"], "/v1/my%20x/%C3%A9"],
    ["/v1/a/**", [], "/v1/a"],
  ])("%s with %j is %s", (template, values, path) => {
    expect(expandTemplate(parseTemplate(template), values)).toBe(path);
  });

  test.each([
    ["/v1/{id}", [""], "id is empty"],
    ["/v1/{name=shelves/*}", ["shelves/"], "name does not match shelves/*"],
    ["/v1/{name=shelves/*}", ["shelves/a/b"], "name does not match shelves/*"],
    ["/v1/{name=shelves/*}", ["books/a"], "name does not match shelves/*"],
    ["/v1/{name=operations}", ["operation"], "name does not match operations"],
    ["/v1/{a.b=operations/**}", [""], "a.b does not match operations/**"],
    ["/v1/*", [], 'the path has a "*" that no field gives a value'],
    ["/v1/{id}", ["\ud800"], "URI malformed"],
  ])("%s with %j cannot be made", (template, values, problem) => {
    expect(() => expandTemplate(parseTemplate(template), values)).toThrow(problem);
  });

  // https://url.spec.whatwg.org/#double-dot-path-segment
  test.each([
    ["/v1/{id}", ".."],
    ["/v1/{id}", "."],
    ["/v1/{id}/x", ".."],
    ["/v1/{path=**}", "a/../../b"],
  ])("%s with %j would become another one on its way", (template, value) => {
    expect(() => expandTemplate(parseTemplate(template), [value])).toThrow('"." or ".."');
  });

  test("is as clients of HTTP send it, and leads back to its values", () => {
    fc.assert(
      fc.property(templates.chain(withValues), ({ template, values }) => {
        const path = attempt(() => expandTemplate(template, values));
        if (path instanceof Error) {
          expect(path.message).toMatch(/"\.\."|no field gives/);
          return;
        }
        expect(new URL(`http://h${path}`).pathname).toBe(path);
        const router = createRouter<string>();
        router.add({ httpMethod: "GET", template, value: "it" });
        expect(router.match("GET", path)).toEqual({
          kind: "found",
          value: "it",
          variables: values,
        });
      }),
    );
  });
});

function withValues(template: PathTemplate) {
  return valuesFor(template).map((values) => ({ template, values }));
}

function attempt<T>(run: () => T): T | Error {
  try {
    return run();
  } catch (cause) {
    return cause as Error;
  }
}

function thrownBy(run: () => unknown): unknown {
  const result = attempt(run);
  return result instanceof Error ? result : undefined;
}
