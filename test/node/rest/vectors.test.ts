// SPDX-License-Identifier: Apache-2.0

import {
  type DescService,
  fromJson,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import { AnySchema, anyUnpack } from "@bufbuild/protobuf/wkt";
import { ConnectError, type ConnectRouter, type MethodImpl } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NodeHandler, nodeAdapter, type RestOptions } from "../../../src/node/index.ts";
import { compiled, library, registry, serviceOf } from "../../rest/library.ts";
import {
  casesOf,
  type ErrorCase,
  type RequestCase,
  routeProbeProto,
  vectors,
} from "../../rest/vectors.ts";
import { type Served, served } from "../served.ts";
import { type HttpAnswer, type HttpClient, httpClients } from "./http-client.ts";

type Routes = Parameters<typeof routeProbeProto>[0];

/** The one call that a handler has received, and what it does. */
interface Probe {
  received: { readonly rpc: string; readonly message: JsonValue } | undefined;
  /** Answers with this, if it is there. */
  returns: JsonValue | undefined;
  throws: ErrorCase["handler_throws"] | undefined;
}

const probe: Probe = { received: undefined, returns: undefined, throws: undefined };

/** Registers a service whose methods do as the probe says. */
function register(router: ConnectRouter, { methods }: DescService): void {
  for (const method of methods) {
    const receive = (message: Message): readonly Message[] => {
      probe.received = {
        rpc: `${method.parent.typeName}/${method.name}`,
        message: toJson(method.input, message, { registry }),
      };
      if (probe.throws !== undefined) {
        throw errorOf(probe.throws);
      }
      return [probe.returns ?? {}]
        .flat()
        .map((json) => fromJson(method.output, json as JsonValue, { registry }));
    };
    const unary = (message: Message) => receive(message)[0];
    async function* stream(message: Message): AsyncGenerator<Message> {
      yield* receive(message);
    }
    router.rpc(
      method,
      (method.methodKind === "unary" ? unary : stream) as MethodImpl<typeof method>,
    );
  }
}

function errorOf({
  connect_code,
  message = "",
  details = [],
  plain_exception,
}: ErrorCase["handler_throws"]): Error {
  if (plain_exception !== undefined) {
    return new Error(plain_exception);
  }
  const error = new ConnectError(message, codeFromString(connect_code ?? ""));
  error.details = details.flatMap((json) => {
    const any = fromJson(AnySchema, json, { registry });
    const value = anyUnpack(any, registry);
    const desc = value && registry.getMessage(value.$typeName);
    return desc && value ? [{ desc, value }] : [];
  });
  return error;
}

function adapter(services: readonly DescService[], rest: RestOptions = {}): NodeHandler {
  return nodeAdapter({
    routes(router) {
      for (const service of services) {
        register(router, service);
      }
    },
    rest,
  });
}

/** The service of a table of routes. */
function probeService(routes: Routes): DescService {
  const files = compiled({ "probe/v1/probe.proto": routeProbeProto(routes) });
  return serviceOf(files, "probe.v1.Probe");
}

const tables = Object.entries(vectors.route_tables).map(
  ([name, routes]) => [name, probeService(routes)] as const,
);

describe.each(["HTTP/1.1", "HTTP/2"] as const)("over %s", (version) => {
  /** By table of routes; the library is beside each of them. */
  const servers = new Map<string, Served & { readonly client: HttpClient }>();

  beforeAll(async () => {
    for (const [name, service] of tables) {
      const server = await served(adapter([library, service]));
      servers.set(name, { ...server, client: httpClients[version](server.port) });
    }
  });

  afterAll(async () => {
    for (const server of servers.values()) {
      server.client[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    }
  });

  async function send(
    request: RequestCase["request"],
    { table = "OPS", ...does }: Partial<Probe> & { readonly table?: string } = {},
  ): Promise<HttpAnswer> {
    Object.assign(probe, { received: undefined, returns: undefined, throws: undefined, ...does });
    const { method, path, query, headers, body } = request;
    const client = servers.get(table)?.client;
    if (client === undefined) {
      throw new Error(`there is no table ${table}`);
    }
    return client.send({
      method,
      target: query === undefined ? path : `${path}?${query}`,
      ...(headers && { headers }),
      body: body ?? undefined,
    });
  }

  function expectReception(
    answer: HttpAnswer,
    { rpc, message, status = 200, error_status: errorStatus, allow }: RequestCase["expect"],
  ): void {
    expect([answer.status, `${answer.body}`]).toEqual([status, expect.anything()]);
    expect(probe.received).toEqual(rpc && { rpc, message });
    if (status !== 200) {
      const { error } = jsonOf(answer);
      expect(error.code).toBe(status);
      expect(error.status).toEqual(errorStatus ?? expect.any(String));
      expect(answer.headers.allow).toBe(allow?.join(", "));
    }
  }

  test.each(casesOf("route"))("%s", async (_, { routes, request, expect: expected }) => {
    const { rpc, ...rest } = expected;
    expectReception(await send(request, { table: routes }), {
      ...rest,
      ...(rpc !== undefined && { rpc: `probe.v1.Probe/${rpc}` }),
    });
  });

  test.each(casesOf("query", "body"))("%s", async (_, { request, expect: expected }) => {
    expectReception(await send(request), expected);
  });

  test.each(casesOf("response"))(
    "%s",
    async (_, { request, handler_returns, expect: expected }) => {
      const { status, content_type: contentType = "application/json", json, raw } = expected;
      const answer = await send(request, { returns: handler_returns });
      expect(answer.status).toBe(status);
      expect(answer.headers["content-type"]).toBe(contentType);
      expect(raw === undefined ? jsonOf(answer) : answer.body.toString()).toEqual(raw ?? json);
    },
  );

  test.each(casesOf("error"))("%s", async (_, { request, handler_throws, expect: expected }) => {
    const answer = await send(request, { throws: handler_throws });
    expect(answer.status).toBe(expected.status);
    expect(answer.headers["content-type"]).toBe("application/json");
    if (expected.json === undefined) {
      expect(jsonOf(answer)).toMatchObject(Object(expected.json_subset));
      expect(expected.status_one_of).toContain(jsonOf(answer).error.status);
      expect(answer.body.toString()).not.toContain(expected.must_not_contain);
    } else {
      expect(jsonOf(answer)).toEqual(expected.json);
    }
  });
});

describe("at start-up", () => {
  const get = (rpc: string) => ({ rpc, method: "GET", template: `/${rpc}` });
  const service = probeService([get("A"), get("B")]);
  const start = (routes: Routes) => () =>
    adapter([service], {
      rules: routes.map(({ rpc, method, template, body = "", response_body = "" }) => ({
        selector: `probe.v1.Probe.${rpc}`,
        pattern: { case: "custom", value: { kind: method, path: template } },
        body,
        responseBody: response_body,
      })),
    });

  test.each(casesOf("template"))("%s", (_, { template, ok }) => {
    const starting = start([{ rpc: "A", method: "GET", template }]);
    ok ? starting() : expect(starting).toThrow("probe.v1.Probe/A");
  });

  test.each(casesOf("registration"))("%s", (_, { routes, ok }) => {
    const starting = start(routes);
    ok ? starting() : expect(starting).toThrow("probe.v1.Probe/");
  });
});

// biome-ignore lint/suspicious/noExplicitAny: it is compared with what is expected, whatever it is.
function jsonOf({ body }: HttpAnswer): any {
  return JSON.parse(body.toString());
}
