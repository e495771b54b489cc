// SPDX-License-Identifier: Apache-2.0

import type { DescService } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import type { Binding } from "../../src/rest/binding.ts";
import { bindingsOf, createBindingRouter, type RuleOptions } from "../../src/rest/rules.ts";
import { printTemplate } from "../../src/rest/template.ts";
import { bindings, compiled, library, methodOf, serviceOf } from "./library.ts";

interface Rule {
  readonly selector?: string;
  readonly pattern?:
    | { readonly case: "get" | "post"; readonly value: string }
    | { readonly case: "custom"; readonly value: { readonly kind: string; readonly path: string } };
  readonly body?: string;
  readonly responseBody?: string;
  readonly additionalBindings?: Rule[];
}

const service: DescService = serviceOf(
  compiled({
    "probe/v1/probe.proto": `
      syntax = "proto3";
      package probe.v1;
      import "google/api/annotations.proto";
      import "google/protobuf/any.proto";
      import "google/protobuf/field_mask.proto";
      import "google/protobuf/struct.proto";
      import "google/protobuf/timestamp.proto";
      import "google/protobuf/wrappers.proto";
      service Probe {
        rpc One(Request) returns (Request);
        rpc Two(Request) returns (stream Request);
        rpc Up(stream Request) returns (Request) { option (google.api.http) = {get: "no path"}; }
      }
      message Request {
        string name = 1;
        Request sub = 2;
        repeated string tags = 3;
        map<string, string> labels = 4;
        google.protobuf.Timestamp at = 5;
        google.protobuf.FieldMask mask = 6;
        google.protobuf.Int64Value box = 7;
        google.protobuf.Struct extra = 8;
        google.protobuf.Any any = 9;
        repeated Request subs = 10;
        string two_words = 11;
      }
    `,
  }),
  "probe.v1.Probe",
);

function print(bound: readonly Binding[]): string[] {
  return bound.map(({ httpMethod, template, body }) => {
    const where = body.kind === "field" ? body.field.name : { none: "", whole: "*" }[body.kind];
    return `${httpMethod} ${printTemplate(template)} ${where}`.trim();
  });
}

const one = (rule: Rule): Rule => ({ selector: "probe.v1.Probe.One", ...rule });
const get = (value: string): Rule => one({ pattern: { case: "get", value } });

function problemsOf(options: RuleOptions): string[] {
  try {
    createBindingRouter([service], options);
    return [];
  } catch (cause) {
    const [title, ...lines] = (cause as Error).message.split("\n  ");
    expect(title).toBe("google.api.http rules cannot be used:");
    return lines;
  }
}

describe("the rules of a method", () => {
  test("are that of its option, then the additional ones, whatever their HTTP method", () => {
    expect(print(bindings("Probe"))).toEqual([
      "GET /v1/probe",
      "GET /v1/probe/{id}/{ratio}/{flag}/{kind}",
      "POST /v1/probe *",
      "POST /v1/probe:child child",
      "HEAD /v1/probe",
    ]);
    expect(print(bindings("Hidden"))).toEqual([]);
  });

  test("are replaced by those of the table, of which the last one wins", () => {
    const selector = "acme.v1.Library.GetShelf";
    const rules: Rule[] = [
      { selector, pattern: { case: "get", value: "/v2/{name=shelves/*}" } },
      { selector: "acme.v1.Library.GetBook", pattern: { case: "get", value: "/v2/books" } },
      {
        selector,
        pattern: { case: "get", value: "/v3/{name=shelves/*}" },
        additionalBindings: [{ pattern: { case: "post", value: "/v3/shelf" }, body: "*" }],
      },
    ];
    expect(print(bindings("GetShelf", { rules }))).toEqual([
      "GET /v3/{name=shelves/*}",
      "POST /v3/shelf *",
    ]);
    expect(print(bindings("DeleteShelf", { rules }))).toEqual(["DELETE /v1/{name=shelves/*}"]);
  });

  test("are none where clients stream, whatever the option says", () => {
    expect(bindingsOf(methodOf(service, "Up"))).toEqual([]);
  });

  test("bind streams of the server", () => {
    const rules = [{ ...get("/two"), selector: "probe.v1.Probe.Two" }];
    expect(print(bindingsOf(methodOf(service, "Two"), { rules }))).toEqual(["GET /two"]);
  });

  test("may be those of a custom method, or of any", () => {
    const custom = (kind: string) =>
      one({ pattern: { case: "custom", value: { kind, path: "/x" } } });
    const printed = (kind: string) =>
      print(bindingsOf(methodOf(service, "One"), { rules: [custom(kind)] }));
    expect(printed("head")).toEqual(["HEAD /x"]);
    expect(printed("*")).toEqual(["* /x"]);
    expect(() => printed("")).toThrow('the kind "" of custom is no HTTP method');
    expect(() => printed("GET /")).toThrow('the kind "GET /" of custom is no HTTP method');
  });
});

describe("google.longrunning.Operations", () => {
  const wait = Operations.method.waitOperation;

  test("is bound as its proto says, and WaitOperation like CancelOperation", () => {
    expect(Operations.methods.flatMap((method) => print(bindingsOf(method)))).toEqual([
      "GET /v1/{name=operations}",
      "GET /v1/{name=operations/**}",
      "DELETE /v1/{name=operations/**}",
      "POST /v1/{name=operations/**}:cancel *",
      "POST /v1/{name=operations/**}:wait *",
    ]);
  });

  test("does without WaitOperation if it is told to, unless a rule binds it", () => {
    expect(bindingsOf(wait, { wait: false })).toEqual([]);
    const rules: Rule[] = [
      {
        selector: "google.longrunning.Operations.WaitOperation",
        pattern: { case: "get", value: "/v2/{name=operations/*}:wait" },
      },
    ];
    for (const options of [{ rules }, { rules, wait: false }]) {
      expect(print(bindingsOf(wait, options))).toEqual(["GET /v2/{name=operations/*}:wait"]);
    }
  });
});

describe("a rule is refused", () => {
  const own = "probe.v1.Probe/One: ";

  // biome-ignore format: a table reads better.
  test.each<[string, Rule, string]>([
    ["whose path breaks the grammar", get("/a/"), 'GET "/a/": column 4: expected a segment, "*" or "**", found the end'],
    ["that has no path", one({}), "the rule binds nothing; set get, put, post, delete, patch or custom to a path"],
    ["whose variable names no field", get("/{nope}"), 'GET "/{nope}": {nope}: probe.v1.Request has no field "nope"; name a field of the request'],
    ["whose variable names no inner field", get("/{sub.nope}"), 'GET "/{sub.nope}": {sub.nope}: probe.v1.Request has no field "nope"; name a field of the request'],
    ["whose variable is a list", get("/{tags}"), 'GET "/{tags}": {tags}: the field is repeated; name one that has a single value'],
    ["whose variable is a map", get("/{labels}"), 'GET "/{labels}": {labels}: the field is repeated; name one that has a single value'],
    ["whose variable is a message", get("/{sub}"), 'GET "/{sub}": {sub}: a message cannot stand in a path; name a field within it'],
    ["whose variable is a Struct", get("/{extra}"), 'GET "/{extra}": {extra}: a message cannot stand in a path; name a field within it'],
    ["whose variable is within a list", get("/{subs.name}"), 'GET "/{subs.name}": {subs.name}: subs is no single message with named fields; name a field of the request'],
    ["whose variable is within a wrapper", get("/{box.value}"), 'GET "/{box.value}": {box.value}: box is no single message with named fields; name a field of the request'],
    ["whose variable is within an Any", get("/{any.value}"), 'GET "/{any.value}": {any.value}: any is no single message with named fields; name a field of the request'],
    ["whose body names no field", { ...get("/x"), body: "nope" }, 'GET "/x": body: probe.v1.Request has no field "nope"; name one of its own fields, or "*" for all that the path does not name'],
    ["whose body is not at the top", { ...get("/x"), body: "sub.name" }, 'GET "/x": body: probe.v1.Request has no field "sub.name"; name one of its own fields, or "*" for all that the path does not name'],
    ["whose response_body names no field", { ...get("/x"), responseBody: "*" }, 'GET "/x": response_body: probe.v1.Request has no field "*"; name one of its own fields'],
    ["that nests additional bindings", { ...get("/x"), additionalBindings: [{ ...get("/y"), additionalBindings: [get("/z")] }] }, "an additional binding has additional bindings; put them beside it, into the rule"],
  ])("%s", (_, rule, problem) => {
    expect(problemsOf({ rules: [rule] })).toEqual([own + problem]);
  });

  test.each(["/{name}", "/{sub.sub.name}", "/{at}", "/{mask}", "/{box}", "/{two_words}"])(
    "never for the variable of %s",
    (path) => {
      expect(problemsOf({ rules: [get(path)] })).toEqual([]);
    },
  );

  test("with all others at once", () => {
    const rules = [
      { ...get("/{nope}"), additionalBindings: [get("/x"), get("//")] },
      { ...get("/{a"), selector: "probe.v1.Probe.Two" },
    ];
    expect(problemsOf({ rules }).map((problem) => problem.slice(0, 32))).toEqual([
      'probe.v1.Probe/One: GET "/{nope}',
      'probe.v1.Probe/One: GET "//": co',
      'probe.v1.Probe/Two: GET "/{a": c',
    ]);
  });

  test("whose requests go to another method", () => {
    const rules = [get("/x/{name}"), { ...get("/x/{two_words}"), selector: "probe.v1.Probe.Two" }];
    expect(problemsOf({ rules })).toEqual([
      'probe.v1.Probe/Two: GET "/x/{two_words}": its requests go to probe.v1.Probe/One with /x/{name}; bind one of them elsewhere',
    ]);
  });

  test("if its selector names a method that the service has not", () => {
    const rules = [
      { ...get("/x"), selector: "probe.v1.Probe.Three" },
      { ...get("/x"), selector: "" },
      { ...get("/x"), selector: "other.v1.Service.Method" },
    ];
    expect(problemsOf({ rules })).toEqual([
      "rules: there is no method probe.v1.Probe.Three; correct the selector",
      "rules: a rule has no selector; name the method, as in package.Service.Method",
    ]);
  });

  test("never for being that of the same method once more", () => {
    const rules = [{ ...get("/x"), additionalBindings: [get("/x")] }];
    expect(problemsOf({ rules })).toEqual([]);
    expect(() => createBindingRouter([library, library, Operations])).not.toThrow();
  });
});
