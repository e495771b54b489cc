// SPDX-License-Identifier: Apache-2.0

import { type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { BadRequestSchema } from "../../gen/google/rpc/error_details_pb.ts";
import type { Binding } from "../../src/rest/binding.ts";
import { encodeError } from "../../src/rest/error.ts";
import {
  type DecodeRequestOptions,
  decodeRequest,
  type RestRequest,
} from "../../src/rest/request.ts";
import { binding, libraryType, registry } from "./library.ts";

const encoder = new TextEncoder();

interface Given {
  readonly variables?: readonly string[];
  readonly query?: string;
  readonly contentType?: string | null;
  readonly body?: string | Uint8Array;
}

function decode(bound: Binding, given: Given, options?: DecodeRequestOptions): Message {
  const { variables = [], query = "", contentType = "application/json", body = "" } = given;
  const request: RestRequest = {
    variables,
    query,
    contentType,
    body: typeof body === "string" ? encoder.encode(body) : body,
  };
  return decodeRequest(bound, request, { registry, ...options });
}

function json(message: Message): JsonValue {
  return toJson(libraryType(message.$typeName.replace("acme.v1.", "")), message, { registry });
}

/** Cases with their first part, cut short, as title. */
function entitled<Rest extends unknown[]>(
  cases: readonly [string, ...Rest][],
): [string, string, ...Rest][] {
  return cases.map((one) => [one[0].slice(0, 40), ...one]);
}

function problemOf(run: () => unknown): ConnectError {
  try {
    run();
  } catch (cause) {
    expect(cause).toBeInstanceOf(ConnectError);
    return cause as ConnectError;
  }
  throw new Error("nothing was thrown");
}

describe("a query", () => {
  const get = binding("Probe");

  test.each<[string, JsonValue]>([
    ["small=-5&usmall=4294967295", { small: -5, usmall: 4294967295 }],
    ["small=1e3&big=1.0", { small: 1000, big: "1" }],
    ["small=-0&ratio=-0", { ratio: -0 }],
    ["ubig=18446744073709551615", { ubig: "18446744073709551615" }],
    ["big=-9223372036854775808", { big: "-9223372036854775808" }],
    ["big=9007199254740993", { big: "9007199254740993" }],
    ["ratio=NaN&approx=-Infinity", { ratio: "NaN", approx: "-Infinity" }],
    ["flag=false", {}],
    ["kind=2&kinds=PAPER&kinds=7", { kind: "EBOOK", kinds: ["PAPER", 7] }],
    // A plus sign that was not encoded, and one that was.
    ["raw=/+8=", { raw: "/+8=" }],
    ["raw=/%2B8", { raw: "/+8=" }],
    ["raw=_-8", { raw: "/+8=" }],
    ["raw=", {}],
    ["bytes_box=", { bytesBox: "" }],
    ["text_box=", { textBox: "" }],
    ["int_box=0&bool_box=false", { intBox: "0", boolBox: false }],
    ["maybe=0", { maybe: 0 }],
    ["left=", { left: "" }],
    ["ttl=-0.5s", { ttl: "-0.500s" }],
    ["mask=", { mask: "" }],
    ["mask=display_name,child.label,aB.c_d", { mask: "displayName,child.label,aB.cD" }],
    ["odd=x", { strange: "x" }],
    ["id", {}],
    ["&&id=a&", { id: "a" }],
    ["id=a=b", { id: "a=b" }],
    ["id=%F0%9F%98%80", { id: "😀" }],
    ["child.child.child.depth=1", { child: { child: { child: { depth: 1 } } } }],
    ["deep.label=x&deep.depth=1", { deep: { label: "x", depth: 1 } }],
    ["$id=x&$unheard=y&%24alt=json", {}],
    ["key=a&alt=json&fields=id&prettyPrint=1&quotaUser=q&access_token=t&enum-encoding=int", {}],
  ])("%s", (query, expected) => {
    expect(json(decode(get, { query }))).toEqual(expected);
  });

  // biome-ignore format: a table reads better.
  test.each(entitled<[string | RegExp, string | RegExp]>([
    ["small=", "small", "expected an integer"],
    ["small=0x10", "small", "expected an integer"],
    ["small=1.5", "small", "expected an integer"],
    ["small=NaN", "small", "expected an integer"],
    ["small=+1", "small", "expected an integer"],
    ["usmall=-1", "usmall", /out of range/],
    ["big=9223372036854775808", "big", /out of range/],
    [`big=${"9".repeat(100_000)}`, "big", "expected an integer"],
    ["ratio=1e400", "ratio", "expected a number, NaN, Infinity or -Infinity"],
    ["ratio=inf", "ratio", "expected a number, NaN, Infinity or -Infinity"],
    ["approx=1e39", "approx", /out of range/],
    ["flag=TRUE", "flag", "expected true or false"],
    ["flag=", "flag", "expected true or false"],
    ["kind=", "kind", "expected a value of the enum acme.v1.Kind"],
    ["kind=3000000000", "kind", /out of range/],
    ["raw=a", "raw", "invalid base64 string"],
    ["at=2024-13-01T00:00:00Z", "at", /Timestamp/],
    ["ttl=1", "ttl", /Duration/],
    ["int_box=x", "int_box", "expected an integer"],
    ["text_box.value=x", "text_box.value", "text_box is no single message with named fields"],
    ["at.seconds=1", "at.seconds", "at is no single message with named fields"],
    ["words.x=1", "words.x", "words is no single message with named fields"],
    ["labels=x", "labels", "a map or a message cannot stand in a query"],
    ["labels.a=x", "labels.a", "labels is no single message with named fields"],
    ["extra=x", "extra", "a map or a message cannot stand in a query"],
    ["extra.fields=x", "extra.fields", "extra is no single message with named fields"],
    ["child=x", "child", "a map or a message cannot stand in a query"],
    ["child.nope=x", "child.nope", 'acme.v1.Child has no field "nope"'],
    ["child.key=x", "child.key", 'acme.v1.Child has no field "key"'],
    ["=x", "", 'acme.v1.ProbeRequest has no field ""'],
    ["__proto__=x", "__proto__", 'acme.v1.ProbeRequest has no field "__proto__"'],
    ["constructor.prototype.x=1", "constructor.prototype.x", 'acme.v1.ProbeRequest has no field "constructor"'],
    ["child.__proto__.x=1", "child.__proto__.x", 'acme.v1.Child has no field "__proto__"'],
    ["display_name=a&displayName=b", "displayName", "this field has a single value, and is given twice"],
    ["deep.label=a&left=b", "left", "deep is given too, and only one of them may be"],
    ["left=b&deep.label=a", "deep.label", "left is given too, and only one of them may be"],
    [`${"child.".repeat(40)}depth=1`, /^child\.child/, "more than 32 fields deep"],
    ["id=a&".repeat(1001), "", "the query has more than 1000 parameters"],
    [`${"&".repeat(1001)}id=a`, "", "the query has more than 1000 parameters"],
    ["id=%", "", "the query is not percent-encoded UTF-8 at id=%"],
    ["id=%FF", "", "the query is not percent-encoded UTF-8 at id=%FF"],
  ]))("%s is refused", (_, query, field, description) => {
    const error = problemOf(() => decode(get, { query }));
    expect(error.code).toBe(Code.InvalidArgument);
    const [violation] = error.findDetails(BadRequestSchema).flatMap((one) => one.fieldViolations);
    expect(violation?.field).toEqual(typeof field === "string" ? field : expect.stringMatching(field));
    expect(violation?.description).toEqual(
      typeof description === "string" ? description : expect.stringMatching(description),
    );
    expect(error.rawMessage.length).toBeLessThan(1000);
    expect(Object.prototype).not.toHaveProperty("x");
  });

  test("has unknown parameters ignored if the operator wants that, and nothing else", () => {
    const options = { ignoreUnknownParameters: true };
    expect(json(decode(get, { query: "nope=1&id=a&nope.x=%20" }, options))).toEqual({ id: "a" });
    expect(() => decode(get, { query: "small=x" }, options)).toThrow(ConnectError);
    expect(() => decode(get, { query: "child.nope=x" }, options)).toThrow(ConnectError);
  });

  test("overrides neither path nor body, nor what either holds", () => {
    const update = binding("UpdateBook");
    const given = { variables: ["shelves/1/books/2"], body: '{"title":"t"}' };
    for (const query of ["book.name=x", "book.title=x"]) {
      expect(problemOf(() => decode(update, { ...given, query })).rawMessage).toMatch(
        / says this, and a query does not override it$/,
      );
    }
    expect(
      json(decode(update, { ...given, query: "updateMask=title&allow_missing=true" })),
    ).toEqual({
      book: { name: "shelves/1/books/2", title: "t" },
      updateMask: "title",
      allowMissing: true,
    });
  });
});

describe("a body", () => {
  const whole = binding("Probe", 2);
  const child = binding("Probe", 3);

  test.each<[string, JsonValue]>([
    ["", {}],
    [" \n", {}],
    ['""', {}],
    ["{}", {}],
    ['{"kind":2,"labels":{},"words":[]}', { kind: "EBOOK" }],
    ['{"display_name":"x","strange":"y"}', { displayName: "x", strange: "y" }],
    ['{"mask":"display_name,child.label"}', { mask: "displayName,child.label" }],
    ['{"text_box":"","int_box":0,"maybe":0}', { textBox: "", intBox: "0", maybe: 0 }],
    ['{"big":"9223372036854775807"}', { big: "9223372036854775807" }],
    ['\ufeff{"id":"a"}', { id: "a" }],
    ['{"extra":{"__proto__":{"x":1}}}', { extra: {} }],
  ])("%s", (body, expected) => {
    expect(json(decode(whole, { body }))).toEqual(expected);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test.each(
    entitled<[RegExp]>([
      ["{", /JSON/],
      ["[]", /array|Array/],
      ["null", /null/],
      ["1", /1/],
      ['"x"', /"x"/],
      ['{"nope":1}', /nope/],
      ['{"__proto__":{"x":1}}', /__proto__/],
      ['{"small":"x"}', /small/],
      ['{"big":9223372036854775808}', /big/],
      ['{"mask":"a__b"}', /lowerCamelCase/],
      [`{"nope${"x".repeat(10_000)}":1}`, /nope/],
      [`${'{"child":'.repeat(200)}{}${"}".repeat(200)}`, /depth/],
      [`{"extra":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`, /depth/],
      [`{"children":[${'{"children":['.repeat(50_000)}`, /JSON/],
    ]),
  )("%s is refused", (_, body, message) => {
    const error = problemOf(() => decode(whole, { body }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toMatch(/^body: /);
    expect(error.rawMessage).toMatch(message);
    expect(error.rawMessage.length).toBeLessThan(600);
  });

  test("is UTF-8", () => {
    const error = problemOf(() => decode(whole, { body: Uint8Array.of(0x22, 0xff, 0x22) }));
    expect(error.rawMessage).toBe("body: is not UTF-8");
  });

  test("of a field: null is unset, two quotes are, and an empty object is set", () => {
    for (const body of ["", "null", '""']) {
      expect(json(decode(child, { body }))).toEqual({});
    }
    expect(json(decode(child, { body: "{}" }))).toEqual({ child: {} });
  });

  test.each([
    ["application/json", true],
    ["Application/JSON ; charset=utf-8", true],
    ['application/json;charset="UTF-8"', true],
    ["application/merge-patch+json", true],
    [null, true],
    ["", true],
    ["application/json; charset=latin1", false],
    ["text/plain", false],
    ["application/x-www-form-urlencoded", false],
    ["application/jsonp", false],
    ["text/json", false],
  ])("as %j", (contentType, accepted) => {
    const given = { contentType, body: '{"id":"a"}' };
    if (accepted) {
      expect(json(decode(whole, given))).toEqual({ id: "a" });
      return;
    }
    const error = problemOf(() => decode(whole, given));
    expect(encodeError(error, { registry }).status).toBe(415);
    // Nothing is said of a body that is not there.
    expect(json(decode(whole, { ...given, body: "" }))).toEqual({});
  });

  test("where the rule has none may be empty, or an empty object, and nothing else", () => {
    const get = binding("GetShelf");
    const variables = ["shelves/1"];
    for (const body of ["", "{}", " { } ", '""']) {
      expect(json(decode(get, { variables, body }))).toEqual({ name: "shelves/1" });
    }
    for (const body of ['{"name":"x"}', "[]", "x"]) {
      expect(problemOf(() => decode(get, { variables, body })).rawMessage).toBe(
        "body: this method takes none",
      );
    }
  });

  test("of HttpBody is bytes, of whatever type", () => {
    const upload = binding("Upload");
    const data = Uint8Array.of(0, 255, 128);
    const given = { variables: ["b"], body: data, contentType: "image/png" };
    expect(json(decode(upload, given))).toEqual({
      id: "b",
      content: { contentType: "image/png", data: "AP+A" },
    });
    expect(json(decode(upload, { ...given, contentType: null, body: "" }))).toEqual({ id: "b" });
  });
});

describe("a path", () => {
  test("comes before the body, and sets what holds it", () => {
    const update = binding("UpdateBook");
    const variables = ["shelves/1/books/2"];
    const body = '{"name":"shelves/9/books/9","title":"t"}';
    expect(json(decode(update, { variables, body }))).toEqual({
      book: { name: "shelves/1/books/2", title: "t" },
    });
    expect(json(decode(update, { variables }))).toEqual({ book: { name: "shelves/1/books/2" } });
  });

  test.each([
    [["i", "x", "true", "PAPER"], "ratio: expected a number, NaN, Infinity or -Infinity"],
    [["i", "1", "yes", "PAPER"], "flag: expected true or false"],
    [["i", "1", "true", "paper"], "kind: expected a value of the enum acme.v1.Kind"],
  ])("of %j is refused", (variables, message) => {
    const error = problemOf(() => decode(binding("Probe", 1), { variables }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toBe(message);
  });
});
