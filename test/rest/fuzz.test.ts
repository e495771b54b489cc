// SPDX-License-Identifier: Apache-2.0

import { toBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { createArraySplitter } from "../../src/rest/array-splitter.ts";
import { decodeError, encodeError } from "../../src/rest/error.ts";
import { decodeRequest } from "../../src/rest/request.ts";
import { answerFormat, decodeResponse, encodeResponse } from "../../src/rest/response.ts";
import { createBindingRouter } from "../../src/rest/rules.ts";
import { binding, library, registry } from "./library.ts";

const encoder = new TextEncoder();
const router = createBindingRouter([library, Operations]);

const words = fc.constantFrom(
  ..."v1 shelves books blobs probe files operations latest tags fail x 1 1.5 true EBOOK".split(" "),
);
const noise = fc.constantFrom(
  ..."/ // : :merge :wait :list % %2F %zz %C3 %E4%BD%A0 .. . ? # & = + ; * ** { } \\ é 😀".split(
    " ",
  ),
  "__proto__",
  "constructor",
  "\u0000",
  " ",
  "",
);
const known = fc.constantFrom(
  ..."/v1/shelves /v1/shelves:list /v1/shelves/1 /v1/shelves/1:merge /v1/shelves/1/books/2".split(
    " ",
  ),
  ..."/v1/shelves/1/books/2/tags /v1/files/a/b /v1/files/a%2Fb:stat /v1/blobs/1 /v1/fail".split(
    " ",
  ),
  ..."/v1/probe /v1/probe:child /v1/probe/a/1.5/true/EBOOK /v1/probe/a/b/c/d".split(" "),
  ..."/v1/operations /v1/operations/a /v1/operations/a:wait /v1/operations/a:cancel".split(" "),
);
const path = fc.oneof(
  { weight: 4, arbitrary: known },
  fc.array(words, { maxLength: 6 }).map((parts) => `/${parts.join("/")}`),
  fc.array(fc.oneof(words, noise), { maxLength: 10 }).map((parts) => `/${parts.join("/")}`),
  fc.array(fc.oneof(words, noise), { maxLength: 10 }).map((parts) => parts.join("")),
);
const names = fc.constantFrom(
  ...library.methods.flatMap(({ input }) =>
    input.fields.flatMap((field) => [field.name, field.jsonName]),
  ),
  ..."child.label child.child.depth deep.depth children.label labels.x extra.x at.seconds".split(
    " ",
  ),
  ..."book.name shelf.theme $alt alt key $prettyPrint enum-encoding . .. a.b __proto__.x".split(
    " ",
  ),
);
const values = fc.oneof(
  fc.string(),
  fc.constantFrom(
    ..."0 -1 1e3 1e999 NaN -Infinity true PAPER 2 AA== _-8 2024-02-29T12:00:00Z 1.5s a,b_c %zz %FF +".split(
      " ",
    ),
    "9".repeat(1000),
    "",
  ),
);
const query = fc.oneof(
  fc.constantFrom("", "$alt=json;enum-encoding=int"),
  fc
    .array(fc.tuple(names, values), { maxLength: 3 })
    .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join("&")),
);
const json = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.dictionary(names, fc.jsonValue({ maxDepth: 2 })).map((value) => JSON.stringify(value)),
  fc.constantFrom("", "{}", '""', "null", "{", '{"child":{"child":{"depth":"x"}}}'),
);
const body = fc.oneof(
  json.map((text) => encoder.encode(text)),
  fc.uint8Array({ maxLength: 20 }),
);
const httpMethod = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("GET", "POST") },
  fc.constantFrom("PUT", "PATCH", "DELETE", "HEAD", "TRACE", "*", ""),
);
const contentType = fc.constantFrom(
  null,
  "",
  "application/json",
  "text/plain",
  "a/b;c=d",
  "\u0000",
);

const request = fc.record({ httpMethod, path, query, body, contentType });

describe("100 000 random requests", () => {
  test("are read, or refused as what they are", { timeout: 120_000 }, () => {
    const seen = { read: 0, refused: 0, unrouted: 0 };
    fc.assert(
      fc.property(request, ({ httpMethod: method, path: target, ...rest }) => {
        const match = router.match(method, target);
        if (match.kind !== "found") {
          seen.unrouted++;
          expect(["malformed", "methodNotAllowed", "notFound"]).toContain(match.kind);
          return;
        }
        const { value: bound, variables } = match;
        answerFormat(rest.query, bound.method.input);
        try {
          const message = decodeRequest(bound, { variables, ...rest }, { registry });
          // What was let in must be usable: no depth, text or number is beyond protobuf.
          toBinary(bound.method.input, message);
          seen.read++;
        } catch (cause) {
          expect(cause).toBeInstanceOf(ConnectError);
          const { status } = encodeError(cause as ConnectError, { registry });
          expect([400, 415]).toContain(status);
          seen.refused++;
        }
      }),
      { numRuns: 100_000 },
    );
    // None of it is for show.
    for (const [outcome, count] of Object.entries(seen)) {
      expect({ outcome, enough: count > 1000 }).toEqual({ outcome, enough: true });
    }
  });
});

describe("random answers", () => {
  test("are read, or are an error", () => {
    const probe = binding("Probe");
    fc.assert(
      fc.property(body, contentType, fc.nat(700), (bytes, type, status) => {
        expect(
          decodeError({ status, contentType: type, body: bytes }, { registry }),
        ).toBeInstanceOf(ConnectError);
        try {
          const read = decodeResponse(probe, { contentType: type, body: bytes }, { registry });
          expect(encodeResponse(probe, read, { registry }).contentType).toBe("application/json");
        } catch (cause) {
          expect(cause).toBeInstanceOf(ConnectError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("in a stream are split as JSON has them, or are an error", () => {
    const elements = fc.array(fc.json({ maxDepth: 3 }), { maxLength: 5 });
    fc.assert(
      fc.property(
        elements,
        fc.nat(20),
        fc.constantFrom(",", " ,\n", "\t, "),
        (texts, size, comma) => {
          const whole = `[${texts.join(comma)}]`;
          const splitter = createArraySplitter(Number.POSITIVE_INFINITY);
          const split: string[] = [];
          for (let start = 0; start < whole.length; start += size + 1) {
            split.push(...splitter.push(whole.slice(start, start + size + 1)));
          }
          splitter.end();
          expect(split.map((text) => JSON.parse(text))).toEqual(JSON.parse(whole));
        },
      ),
    );
    const piece = fc.constantFrom("[", "]", "{", "}", ",", '"', "\\", "1", " ", "null");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const whole = pieces.join("");
        const split = attempt(() => {
          const splitter = createArraySplitter(Number.POSITIVE_INFINITY);
          const found = [...splitter.push(whole)].map((text) => JSON.parse(text));
          splitter.end();
          return found;
        });
        const parsed = attempt(() => JSON.parse(whole));
        expect(split).toEqual(Array.isArray(parsed) ? parsed : undefined);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("a request takes time linear in its length", () => {
  const probe = binding("Probe");

  test.each([
    ["a query of one long number", `small=${"9".repeat(1_000_000)}`, ""],
    ["a query of one long decimal", `ratio=${"9".repeat(1_000_000)}e${"9".repeat(1000)}`, ""],
    ["a query of one long name", `${"a.".repeat(500_000)}=1`, ""],
    ["a query of many escapes", `id=${"%41".repeat(300_000)}`, ""],
    ["a query of nothing", "&".repeat(1_000_000), ""],
    ["a mask of many paths", `mask=${"a_b,".repeat(200_000)}`, ""],
    ["a body of many brackets", "", "[".repeat(1_000_000)],
    ["a body of many masks", "", `{"mask":"${"a_b,".repeat(200_000)}"}`],
    [
      "a body of many keys",
      "",
      `{"labels":{${Array.from({ length: 50_000 }, (_, i) => `"${i}":"x"`)}}}`,
    ],
  ])("%s", (_, text, content) => {
    const bound = content === "" ? probe : binding("Probe", 2);
    const start = performance.now();
    attempt(() =>
      decodeRequest(
        bound,
        { variables: [], query: text, contentType: null, body: encoder.encode(content) },
        { registry },
      ),
    );
    answerFormat(text, bound.method.input);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
