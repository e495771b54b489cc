// SPDX-License-Identifier: Apache-2.0

import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";
import { describe, expect, test } from "vitest";
import { encodeError } from "../../src/rest/error.ts";
import { decodeRequest } from "../../src/rest/request.ts";
import { answerFormat, createStreamEncoder, encodeResponse } from "../../src/rest/response.ts";
import { createBindingRouter } from "../../src/rest/rules.ts";
import { parseTemplate, printSegments, TemplateError } from "../../src/rest/template.ts";
import { compiled, library, registry, serviceOf } from "./library.ts";
import { casesOf, type RequestExpectation, routeProbeProto, vectors } from "./vectors.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

type Router = ReturnType<typeof createBindingRouter>;
type VectorRequest = ReturnType<typeof casesOf<"query">>[number][1]["request"];

test("every case is run", () => {
  const kinds = [
    "template",
    "registration",
    "route",
    "query",
    "body",
    "response",
    "error",
  ] as const;
  expect(vectors.cases).toHaveLength(127);
  expect(casesOf(...kinds)).toHaveLength(127);
});

test.each(casesOf("template"))("%s", (_, { template, ok, variables, verb }) => {
  if (!ok) {
    expect(() => parseTemplate(template)).toThrow(TemplateError);
    return;
  }
  const parsed = parseTemplate(template);
  expect(parsed.verb).toBe(verb);
  expect(
    parsed.variables.map(({ fieldPath, start, end, multiSegment }) => ({
      field: fieldPath.join("."),
      pattern: printSegments(parsed.segments.slice(start, end)),
      multi_segment: multiSegment,
    })),
  ).toEqual(variables);
});

test.each(casesOf("registration"))("%s", (_, { routes, ok }) => {
  const bind = () => createBindingRouter([probeService(routeProbeProto(routes))]);
  if (ok) {
    expect(bind).not.toThrow();
  } else {
    expect(bind).toThrow(/\n {2}probe\.v1\.Probe\/[AB]: /);
  }
});

describe("routes", () => {
  const routers = new Map(
    Object.entries(vectors.route_tables).map(([name, routes]) => [
      name,
      createBindingRouter([probeService(routeProbeProto(routes))]),
    ]),
  );

  test.each(casesOf("route"))("%s", (_, { routes, request, expect: expected }) => {
    const router = routers.get(routes);
    expect(router).toBeDefined();
    const { rpc, ...rest } = expected;
    expect(router && receive(router, request)).toEqual({
      ...rest,
      ...(rpc === undefined ? {} : { rpc: `probe.v1.Probe/${rpc}` }),
    });
  });
});

const router = createBindingRouter([library]);

test.each(casesOf("query", "body"))("%s", (_, { request, expect: expected }) => {
  expect(receive(router, request)).toEqual(expected);
});

test.each(casesOf("response"))("%s", (_, { request, handler_returns, expect: expected }) => {
  const match = router.match(request.method, request.path);
  if (match.kind !== "found") {
    throw new Error(match.kind);
  }
  const { value: bound } = match;
  const options = { registry, format: answerFormat(request.query ?? "", bound.method.input) };
  const read = (json: JsonValue) => fromJson(bound.method.output, json, { registry });
  let contentType: string;
  let text: string;
  if (Array.isArray(handler_returns)) {
    const stream = createStreamEncoder(bound, options);
    const pieces = handler_returns.map((json) => stream.encode(read(json)));
    text = [...pieces, stream.end()].map((piece) => decoder.decode(piece)).join("");
    contentType = stream.contentType;
  } else {
    const encoded = encodeResponse(bound, read(handler_returns), options);
    text = decoder.decode(encoded.body);
    contentType = encoded.contentType;
  }
  expect(expected.status).toBe(200);
  expect(contentType).toBe(expected.content_type ?? "application/json");
  expect(expected.raw === undefined ? JSON.parse(text) : text).toEqual(
    expected.raw ?? expected.json,
  );
});

test.each(casesOf("error"))("%s", (_, { handler_throws, expect: expected }) => {
  const { connect_code, message, details = [], plain_exception } = handler_throws;
  const error =
    plain_exception === undefined
      ? new ConnectError(message ?? "", codeFromString(connect_code ?? ""))
      : new ConnectError("internal error", Code.Internal, undefined, undefined, plain_exception);
  error.details = details
    .map((json): Any => fromJson(AnySchema, json, { registry }))
    .map(({ typeUrl, value }) => ({ type: typeUrl.replace(/.*\//, ""), value }));
  const { status, contentType, body } = encodeError(error, { registry });
  const json = JSON.parse(decoder.decode(body));
  expect(status).toBe(expected.status);
  expect(contentType).toBe("application/json");
  if (expected.json === undefined) {
    expect(json).toMatchObject(Object(expected.json_subset));
    expect(expected.status_one_of).toContain(json.error.status);
    expect(decoder.decode(body)).not.toContain(expected.must_not_contain);
  } else {
    expect(json).toEqual(expected.json);
  }
});

function probeService(source: string) {
  return serviceOf(compiled({ "probe/v1/probe.proto": source }), "probe.v1.Probe");
}

/** What a handler would receive, or what the answer would be. */
function receive(routes: Router, request: VectorRequest): RequestExpectation {
  const match = routes.match(request.method, request.path);
  switch (match.kind) {
    case "notFound":
      return { status: 404 };
    case "malformed":
      return { status: 400 };
    case "methodNotAllowed":
      return { status: 405, allow: match.allow };
    case "found":
      break;
  }
  const { value: bound, variables } = match;
  const { method } = bound;
  try {
    const message = decodeRequest(
      bound,
      {
        variables,
        query: request.query ?? "",
        contentType: request.headers?.["content-type"] ?? null,
        body: encoder.encode(request.body ?? ""),
      },
      { registry },
    );
    return {
      rpc: `${method.parent.typeName}/${method.name}`,
      message: toJson(method.input, message, { registry }),
    };
  } catch (cause) {
    const { status, body } = encodeError(ConnectError.from(cause), { registry });
    // The code says nothing that the HTTP status 415 does not say better.
    return status === 415
      ? { status }
      : { status, error_status: JSON.parse(decoder.decode(body)).error.status };
  }
}
