// SPDX-License-Identifier: Apache-2.0

import { importsOf, type SourceTree } from "./source-tree.ts";

/** From the ground up: an import goes down, or stays in its room. */
const floors: readonly (readonly string[])[] = [
  ["gen"],
  ["contract"],
  ["filter"],
  ["client", "server", "rest", "auth", "codegen"],
  ["stores", "dispatch", "node", "grpc", "otel", "testing"],
  ["cli", "console"],
];

/** What runs without Node imports these packages, and nothing else that is not ours. */
const isomorphic: Readonly<Record<string, readonly string[]>> = {
  gen: ["@bufbuild/protobuf"],
  contract: ["@bufbuild/protobuf", "@connectrpc/connect"],
  filter: ["@bufbuild/protobuf", "@connectrpc/connect"],
  client: ["@bufbuild/protobuf", "@connectrpc/connect"],
  server: ["@bufbuild/protobuf", "@connectrpc/connect"],
  rest: ["@bufbuild/protobuf", "@connectrpc/connect"],
  auth: ["@bufbuild/protobuf", "@connectrpc/connect", "jose"],
  grpc: ["@bufbuild/protobuf", "@connectrpc/connect"],
  otel: ["@bufbuild/protobuf", "@connectrpc/connect", "@opentelemetry/api"],
  testing: ["@bufbuild/protobuf", "@connectrpc/connect"],
};

/** The room of a file: a folder of `src`, the contract for what lies beside them. */
function roomOf(path: string): string {
  const [top = "", room = "", ...rest] = path.split("/");
  if (top !== "src") {
    return top;
  }
  return rest.length === 0 ? "contract" : room;
}

/** The door of a file: its room, or where each folder of a room is an entry of its own, that. */
function doorOf(path: string): string {
  const room = roomOf(path);
  const [, , door, file] = path.split("/");
  return (room === "stores" || room === "dispatch") && file !== undefined
    ? `${room}/${door}`
    : room;
}

const floorOf = (path: string) => floors.findIndex((rooms) => rooms.includes(roomOf(path)));

/** Imports that go up, to a sibling, round the floors by the package's own name, or to no floor. */
export function misplacedImports(tree: SourceTree): string[] {
  return [...tree].flatMap(([path, source]) =>
    importsOf(path, source).flatMap((target) => {
      if (target === "longrunning" || target.startsWith("longrunning/")) {
        return [`${path} imports ${target}, its own package, by name`];
      }
      if (!isOurs(target)) {
        return [];
      }
      const [from, to] = [floorOf(path), floorOf(target)];
      if (from < 0 || to < 0) {
        return [`${from < 0 ? path : target} stands on no floor`];
      }
      if (to > from) {
        return [`${path} imports ${target}, which stands above it`];
      }
      return to === from && doorOf(path) !== doorOf(target)
        ? [`${path} imports ${target}, its sibling`]
        : [];
    }),
  );
}

/** Ways from an isomorphic file to a package that it may not need, by any number of imports. */
export function nodeReaches(tree: SourceTree): string[] {
  return [...tree.keys()].flatMap((entry) => {
    const allowed = isomorphic[roomOf(entry)];
    if (allowed === undefined) {
      return [];
    }
    const reached = new Map([[entry, entry]]);
    const strangers: string[] = [];
    for (const [path, way] of reached) {
      for (const target of importsOf(path, tree.get(path) ?? "")) {
        if (isOurs(target)) {
          if (!reached.has(target)) {
            reached.set(target, `${way} -> ${target}`);
          }
        } else if (!allowed.some((name) => target === name || target.startsWith(`${name}/`))) {
          strangers.push(`${way} -> ${target}`);
        }
      }
    }
    return strangers;
  });
}

/** Globals that only Node has, in isomorphic files. */
export function nodeGlobals(tree: SourceTree): string[] {
  return [...tree].flatMap(([path, source]) => {
    const name = /^(?!\s*(?:\/\/|\*|\/\*)).*?\b(process\.|Buffer\b|__dirname|require\()/m.exec(
      source,
    );
    return name !== null && roomOf(path) in isomorphic ? [`${path} uses ${name[1]}`] : [];
  });
}

function isOurs(target: string): boolean {
  return target.startsWith("src/") || target.startsWith("gen/");
}
