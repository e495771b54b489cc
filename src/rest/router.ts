// SPDX-License-Identifier: Apache-2.0

import type { PathTemplate } from "./template.ts";

/** What a path leads to. */
export type RouteMatch<T> =
  | {
      readonly kind: "found";
      readonly value: T;
      /** The values of the template's variables, decoded, in order. */
      readonly variables: readonly string[];
    }
  /** There is a route, but the path is not percent-encoded UTF-8: 400. */
  | { readonly kind: "malformed" }
  /** There are routes for other HTTP methods only: 405. */
  | { readonly kind: "methodNotAllowed"; readonly allow: readonly string[] }
  /** 404 */
  | { readonly kind: "notFound" };

export interface Route<T> {
  /** `GET`, `POST`, …; `*` stands for any that has no route of its own there. */
  readonly httpMethod: string;
  readonly template: PathTemplate;
  readonly value: T;
}

export interface Router<T> {
  /** Adds a route, unless one of the same method and shape is there, which is returned then. */
  add(route: Route<T>): Route<T> | undefined;
  /** `path` as it stands in the request: percent-encoded, without the query. */
  match(httpMethod: string, path: string): RouteMatch<T>;
}
export function createRouter<T>(): Router<T> {
  throw new Error("to come");
}
