// SPDX-License-Identifier: Apache-2.0

import { decodeSegment, decodeSegments, isEncoded } from "./percent.ts";
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

/**
 * Finds routes by path. Segment by segment from the left, text comes before `*`, and `*` before `**`;
 * a route of another HTTP method hides none. `*` never matches an empty segment.
 *
 * Only a colon that is not encoded can begin a verb: the last one, and only if a route has that verb
 * there. Otherwise it is part of the segment.
 */
export interface Router<T> {
  /** Adds a route, unless one of the same method and shape is there, which is returned then. */
  add(route: Route<T>): Route<T> | undefined;
  /** `path` as it stands in the request: percent-encoded, without the query. */
  match(httpMethod: string, path: string): RouteMatch<T>;
}

/** By verb, the empty one too, then by HTTP method. */
type Ends<T> = Map<string, Map<string, Route<T>>>;

interface Node<T> {
  /** By decoded text. */
  readonly literals: Map<string, Node<T>>;
  one: Node<T> | undefined;
  /** Where paths may end. */
  readonly ends: Ends<T>;
  /** Where any segments may follow, or none. */
  readonly restEnds: Ends<T>;
}

interface Sought {
  readonly httpMethod: string;
  readonly path: string;
  /** Where the path ends, and a verb may follow. */
  readonly end: number;
}

/** What is looked for, and the places of segments on the way. */
interface Search<T> extends Sought {
  readonly verb: string;
  /** Where each segment begins. */
  readonly starts: number[];
  /** Set: no route is taken, but the methods of all are gathered. */
  readonly allow: Set<string> | undefined;
  found: Route<T> | undefined;
}

export function createRouter<T>(): Router<T> {
  const root = createNode<T>();
  return {
    add: (route) => addRoute(root, route),
    match(httpMethod, path) {
      const colon = path.lastIndexOf(":");
      // With nothing after it, it begins no verb.
      if (colon > path.lastIndexOf("/") && colon < path.length - 1) {
        const withVerb = matchTo(root, { httpMethod, path, end: colon });
        if (withVerb.kind !== "notFound") {
          return withVerb;
        }
      }
      return matchTo(root, { httpMethod, path, end: path.length });
    },
  };
}

function createNode<T>(): Node<T> {
  return { literals: new Map(), one: undefined, ends: new Map(), restEnds: new Map() };
}

function addRoute<T>(root: Node<T>, route: Route<T>): Route<T> | undefined {
  const { segments, verb } = route.template;
  let node = root;
  let ends = node.ends;
  for (const segment of segments) {
    if (segment.kind === "rest") {
      ends = node.restEnds;
      break;
    }
    if (segment.kind === "one") {
      node.one ??= createNode();
      node = node.one;
    } else {
      node = getOrSet(node.literals, decodeSegment(segment.text), createNode<T>);
    }
    ends = node.ends;
  }
  const methods = getOrSet(ends, decodeSegment(verb), () => new Map<string, Route<T>>());
  const present = methods.get(route.httpMethod);
  if (present === undefined) {
    methods.set(route.httpMethod, route);
  }
  return present;
}

function getOrSet<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function matchTo<T>(root: Node<T>, { httpMethod, path, end }: Sought): RouteMatch<T> {
  const verb = textOf(path.slice(end + 1));
  if (verb === undefined || path.charCodeAt(0) !== slash) {
    return notFound;
  }
  const allow = undefined;
  const search: Search<T> = { httpMethod, verb, path, end, starts: [], allow, found: undefined };
  return visit(root, search, 1) ? found(search) : missed(root, search);
}

const notFound: RouteMatch<never> = { kind: "notFound" };

function missed<T>(root: Node<T>, search: Search<T>): RouteMatch<T> {
  const allow = new Set<string>();
  visit(root, { ...search, starts: [], allow }, 1);
  return allow.size > 0 ? { kind: "methodNotAllowed", allow: [...allow].sort() } : notFound;
}

const slash = 47;

/**
 * Looks for a route from a node on, where the next segment begins at `start`: past the end, if there
 * is none. Each node stands at one depth and is visited once at most, however long the path.
 */
function visit<T>(node: Node<T>, search: Search<T>, start: number): boolean {
  const { path, end, starts } = search;
  if (start > end) {
    return take(node.ends, search) || take(node.restEnds, search);
  }
  const next = path.indexOf("/", start);
  const segmentEnd = next === -1 || next > end ? end : next;
  starts.push(start);
  const text = node.literals.size > 0 ? textOf(path.slice(start, segmentEnd)) : undefined;
  const literal = text === undefined ? undefined : node.literals.get(text);
  if (literal !== undefined && visit(literal, search, segmentEnd + 1)) {
    return true;
  }
  if (node.one !== undefined && segmentEnd > start && visit(node.one, search, segmentEnd + 1)) {
    return true;
  }
  if (take(node.restEnds, search)) {
    return true;
  }
  starts.pop();
  return false;
}

function take<T>(ends: Ends<T>, search: Search<T>): boolean {
  const methods = ends.get(search.verb);
  if (methods === undefined) {
    return false;
  }
  if (search.allow !== undefined) {
    for (const httpMethod of methods.keys()) {
      search.allow.add(httpMethod);
    }
    return false;
  }
  search.found = methods.get(search.httpMethod) ?? methods.get("*");
  return search.found !== undefined;
}

/** Decoded; undefined if that cannot be done. */
function textOf(encoded: string): string | undefined {
  if (!encoded.includes("%")) {
    return encoded;
  }
  return isEncoded(encoded) ? decodeSegment(encoded) : undefined;
}

function found<T>({ found: route, path, end, starts }: Search<T>): RouteMatch<T> {
  if (route === undefined) {
    return notFound;
  }
  if (path.includes("%") && !isEncoded(path)) {
    return { kind: "malformed" };
  }
  const { segments, variables } = route.template;
  const values: string[] = [];
  // A loop, and no objects on the way: every request passes here.
  for (const variable of variables) {
    const first = starts[variable.start] ?? end;
    const after = variable.end === segments.length ? undefined : starts[variable.end];
    const encoded = path.slice(first, after === undefined ? end : after - 1);
    values.push(variable.multiSegment ? decodeSegments(encoded) : decodeSegment(encoded));
  }
  return { kind: "found", value: route.value, variables: values };
}
