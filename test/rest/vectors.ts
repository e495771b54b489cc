// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { JsonValue } from "@bufbuild/protobuf";

interface Route {
  readonly rpc: string;
  readonly method: string;
  readonly template: string;
  readonly body?: string;
  readonly response_body?: string;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
}

interface Case<Kind extends string> {
  readonly id: string;
  readonly kind: Kind;
  readonly group: string;
  readonly level: "must" | "choice";
  readonly why?: string;
}

export interface TemplateCase extends Case<"template"> {
  readonly template: string;
  readonly ok: boolean;
  readonly variables?: readonly {
    readonly field: string;
    readonly pattern: string;
    readonly multi_segment: boolean;
  }[];
  readonly verb?: string;
}

export interface RegistrationCase extends Case<"registration"> {
  readonly routes: readonly Route[];
  readonly ok: boolean;
}

export interface RequestExpectation {
  readonly rpc?: string;
  readonly message?: JsonValue;
  readonly status?: number;
  readonly error_status?: string;
  readonly allow?: readonly string[];
}

export interface RouteCase extends Case<"route"> {
  readonly routes: string;
  readonly request: Request;
  readonly expect: RequestExpectation;
}

export interface RequestCase extends Case<"query" | "body"> {
  readonly request: Request;
  readonly expect: RequestExpectation;
}

export interface ResponseCase extends Case<"response"> {
  readonly request: Request;
  readonly handler_returns: JsonValue;
  readonly expect: {
    readonly status: number;
    readonly content_type?: string;
    readonly json?: JsonValue;
    readonly raw?: string;
  };
}

export interface ErrorCase extends Case<"error"> {
  readonly request: Request;
  readonly handler_throws: {
    readonly connect_code?: string;
    readonly message?: string;
    readonly details?: readonly JsonValue[];
    readonly plain_exception?: string;
  };
  readonly expect: {
    readonly status: number;
    readonly content_type?: string;
    readonly json?: JsonValue;
    readonly json_subset?: JsonValue;
    readonly status_one_of?: readonly string[];
    readonly must_not_contain?: string;
  };
}

export type VectorCase =
  | TemplateCase
  | RegistrationCase
  | RouteCase
  | RequestCase
  | ResponseCase
  | ErrorCase;

interface Vectors {
  readonly route_probe: string;
  readonly route_tables: Readonly<Record<string, readonly Route[]>>;
  readonly cases: readonly VectorCase[];
}

const path = fileURLToPath(new URL("vectors.json", import.meta.url));

/** What transcoders of google.api.http do, case by case. */
export const vectors: Vectors = JSON.parse(readFileSync(path, "utf8"));

/** The cases of some kinds, each with its id first, for the title of its test. */
export function casesOf<Kind extends VectorCase["kind"]>(
  ...kinds: readonly Kind[]
): [string, Extract<VectorCase, { kind: Kind | "query" | "body" }> & { kind: Kind }][] {
  return vectors.cases
    .filter(({ kind }) => (kinds as readonly string[]).includes(kind))
    .map((one) => [one.id, one as never]);
}

/** The source of a service whose methods all take and return RouteProbe, with these rules. */
export function routeProbeProto(routes: readonly Route[]): string {
  const rpcs = routes.map(({ rpc, method, template, body, response_body }) => {
    const fields = [
      `${method.toLowerCase()}: ${JSON.stringify(template)}`,
      ...(body === undefined ? [] : [`body: ${JSON.stringify(body)}`]),
      ...(response_body === undefined ? [] : [`response_body: ${JSON.stringify(response_body)}`]),
    ];
    return `rpc ${rpc}(RouteProbe) returns (RouteProbe) {
      option (google.api.http) = {${fields.join(" ")}};
    }`;
  });
  return `
    syntax = "proto3";
    package probe.v1;
    import "google/api/annotations.proto";
    service Probe { ${rpcs.join("\n")} }
    ${vectors.route_probe}
  `;
}
