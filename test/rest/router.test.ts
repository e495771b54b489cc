// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRouter, type Router } from "../../src/rest/router.ts";
import { parseTemplate } from "../../src/rest/template.ts";

function routerOf(...routes: readonly string[]): Router<string> {
  const router = createRouter<string>();
  for (const route of routes) {
    const [httpMethod = "", path = ""] = route.split(" ");
    expect(router.add({ httpMethod, template: parseTemplate(path), value: route })).toBeUndefined();
  }
  return router;
}

function lookUp(router: Router<string>, request: string): string {
  const [httpMethod = "", path = ""] = request.split(" ");
  const match = router.match(httpMethod, path);
  switch (match.kind) {
    case "found":
      return [match.value, ...match.variables].join(" | ");
    case "methodNotAllowed":
      return `405 ${match.allow.join()}`;
    case "malformed":
      return "400";
    case "notFound":
      return "404";
  }
}

describe("a colon", () => {
  const router = routerOf(
    "GET /v1/{name=operations/**}",
    "POST /v1/{name=operations/**}:cancel",
    "GET /v1/files/{id}",
    "POST /v1:batch",
    "GET /v1/{name=x/*}:a%3Ab",
  );

  test.each([
    ["POST /v1:batch", "POST /v1:batch"],
    ["GET /v1:batch", "405 POST"],
    ["POST /v1:other", "404"],
    // Not a verb here, although one elsewhere.
    ["GET /v1/files/a:cancel", "GET /v1/files/{id} | a:cancel"],
    ["GET /v1/files/:cancel", "GET /v1/files/{id} | :cancel"],
    ["GET /v1/files/a:", "GET /v1/files/{id} | a:"],
    ["GET /v1/operations/a:b/c", "GET /v1/{name=operations/**} | operations/a:b/c"],
    ["GET /v1/operations/a:cancel:", "GET /v1/{name=operations/**} | operations/a:cancel:"],
    ["GET /v1/operations/a:Cancel", "GET /v1/{name=operations/**} | operations/a:Cancel"],
    ["POST /v1/operations/a%3Acancel", "405 GET"],
    ["POST /v1/operations:cancel", "POST /v1/{name=operations/**}:cancel | operations"],
    ["POST /v1/operations/:cancel", "POST /v1/{name=operations/**}:cancel | operations/"],
    // An encoded verb is the same verb; only the colon before it may not be encoded.
    ["POST /v1/operations/a:%63ancel", "POST /v1/{name=operations/**}:cancel | operations/a"],
    ["GET /v1/x/y:a%3Ab", "GET /v1/{name=x/*}:a%3Ab | x/y"],
    ["GET /v1/operations/a:%zz", "400"],
  ])("%s: %s", (request, expected) => {
    expect(lookUp(router, request)).toBe(expected);
  });
});

describe("paths", () => {
  const router = routerOf(
    "GET /v1/my%20x/{id}",
    "GET /v1/a/{id}",
    "GET /v1/a/b/c",
    "GET /v1/a/*/d",
    "* /v1/any",
    "GET /v1/any",
    "GET /w/{name=p/*/l/*}/tail",
    "GET /w/{x}/{rest=k/**}",
  );

  test.each([
    ["GET /v1/my%20x/1", "GET /v1/my%20x/{id} | 1"],
    ["GET /v1/%6dy%20x/1", "GET /v1/my%20x/{id} | 1"],
    ["GET /v1/a/b", "GET /v1/a/{id} | b"],
    ["GET /v1/a/b/d", "GET /v1/a/*/d"],
    ["GET /v1/a//d", "404"],
    ["GET /v1/a/", "404"],
    ["GET /v1/a/b/", "404"],
    ["GET //v1/a/b", "404"],
    ["GET v1/a/b", "404"],
    ["GET ", "404"],
    ["GET /", "404"],
    ["GET /v1/a/__proto__", "GET /v1/a/{id} | __proto__"],
    ["GET /constructor/a", "404"],
    ["GET /v1/a/..", "GET /v1/a/{id} | .."],
    ["GET /v1/a/%zz", "400"],
    ["GET /v1/a/%C3%28", "400"],
    // Nobody's path need not be well-formed.
    ["GET /nobody/%zz", "404"],
    ["GET /v1/any", "GET /v1/any"],
    ["PURGE /v1/any", "* /v1/any"],
    ["GET /w/p/1/l/2/tail", "GET /w/{name=p/*/l/*}/tail | p/1/l/2"],
    ["GET /w/p/k", "GET /w/{x}/{rest=k/**} | p | k"],
    ["GET /w/p%2Fq/k/a%2Fb/%41", "GET /w/{x}/{rest=k/**} | p/q | k/a%2Fb/A"],
    ["DELETE /v1/a/b", "405 GET"],
  ])("%s: %s", (request, expected) => {
    expect(lookUp(router, request)).toBe(expected);
  });

  test("of one shape and method belong to one route", () => {
    const again = { httpMethod: "GET", template: parseTemplate("/v1/a/{other=*}"), value: "again" };
    expect(router.add(again)).toMatchObject({ value: "GET /v1/a/{id}" });
    expect(lookUp(router, "GET /v1/a/b")).toBe("GET /v1/a/{id} | b");
  });
});

// Templates over few words, so that many paths fit several of them.
const segment = fc.constantFrom("a", "b", "*");
const shape = fc
  .record({
    segments: fc.array(segment, { minLength: 1, maxLength: 4 }),
    rest: fc.boolean(),
    verb: fc.constantFrom("", "", ":go"),
    httpMethod: fc.constantFrom("GET", "POST"),
  })
  .map(({ segments, rest, verb, httpMethod }) => ({
    httpMethod,
    text: `/${[...segments, ...(rest ? ["**"] : [])].join("/")}${verb}`,
  }));
const word = fc.constantFrom("a", "b", "c", "", "c:go", "c:no");

test("of all routes that fit, the first segment that differs decides", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(shape, {
        minLength: 1,
        maxLength: 12,
        selector: ({ httpMethod, text }) => httpMethod + text,
      }),
      fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => `/${words.join("/")}`),
      (shapes, path) => {
        const router = routerOf(...shapes.map(({ httpMethod, text }) => `${httpMethod} ${text}`));
        expect(lookUp(router, `GET ${path}`)).toBe(reference(shapes, path));
      },
    ),
    { numRuns: 2000 },
  );
});

/** The same by trying every route: verb first, then by rank. */
function reference(
  shapes: readonly { readonly httpMethod: string; readonly text: string }[],
  path: string,
): string {
  const tries = path.endsWith(":go") ? [":go", ""] : [""];
  for (const verb of tries) {
    const bare = path.slice(0, path.length - verb.length);
    const fitting = shapes.filter(({ text }) => {
      const colon = text.indexOf(":");
      return (colon < 0 ? "" : text.slice(colon)) === verb && pattern(text, verb).test(bare);
    });
    const [best] = fitting
      .filter(({ httpMethod }) => httpMethod === "GET")
      .sort((a, b) => (rank(a.text) < rank(b.text) ? -1 : 1));
    if (best !== undefined) {
      return `GET ${best.text}`;
    }
    if (fitting.length > 0) {
      return "405 POST";
    }
  }
  return "404";
}

function pattern(text: string, verb: string): RegExp {
  const source = text
    .slice(0, text.length - verb.length)
    .replace(/\/\*\*$/, "(?:/.*)?")
    .replace(/\/\*(?=\/|$|\()/g, "/[^/]+");
  return new RegExp(`^${source}$`);
}

// The end comes before "**", as a path that ends there has nothing for it to match.
function rank(text: string): string {
  return text
    .split(":")[0]
    ?.slice(1)
    .split("/")
    .map((one) => (one === "**" ? "3" : one === "*" ? "2" : "1"))
    .join("") as string;
}

describe("matching", () => {
  function resources(count: number): Router<string> {
    return routerOf(
      ...Array.from(
        { length: count / 5 },
        (_, index) => `/v1/{name=projects/*/things${index}/*}`,
      ).flatMap((path) => [
        `GET ${path}`,
        `DELETE ${path}`,
        `PATCH ${path}`,
        `POST ${path}:run`,
        `GET ${path}/parts`,
      ]),
    );
  }

  test("takes time that does not grow with the number of routes", () => {
    const [few, many] = [resources(10), resources(2000)].map((router) =>
      fastest(() => router.match("GET", "/v1/projects/p/things1/t")),
    );
    expect(many).toBeLessThan((few ?? 0) * 10);
  });

  test("takes time linear in the length of the path, whatever it is", () => {
    const router = routerOf(
      "GET /a/*/a/*/a/*/x",
      "GET /*/a/*/a/*/a/y",
      "GET /a/a/a/a/a/{p=**}:v",
      "GET /{q=**}",
    );
    for (const piece of ["/a", "/%41", ":v", "/", "%2F"]) {
      const path = `/${piece.repeat(200_000)}`;
      const start = performance.now();
      expect(lookUp(router, `GET ${path}`)).toMatch(/^GET \/\{q/);
      expect(performance.now() - start).toBeLessThan(1500);
    }
  });
});

function fastest(run: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 20; round++) {
    const start = performance.now();
    for (let index = 0; index < 2000; index++) {
      run();
    }
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
