// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage } from "node:http";
import fc from "fast-check";
import { expect, test } from "vitest";
import { requestGuard } from "../../src/node/request-guard.ts";

const problem = (url: string | undefined, host?: string) =>
  requestGuard()({ url, headers: host === undefined ? {} : { host } } as IncomingMessage);

test.each([
  "/",
  "/a.b.C/Method",
  "/v1/operations/x%2Fy:cancel?filter=a..b&x=/../",
  "/v1/{name}/a|b/..c/d../...",
  "/a//b",
  "/?",
])("%s is a target", (target) => {
  expect(problem(target, "127.0.0.1:8080")).toBeUndefined();
});

test.each([
  undefined,
  "",
  "*",
  "a",
  "//",
  "//host/x",
  "/\\host/x",
  "http://host/x",
  "host:443",
  "/a b",
  "/a\tb",
  "/caf\u00e9",
  "/a#b",
  "/a?b#c",
  "/a\\b",
  "/..",
  "/.",
  "/a/../b",
  "/a/./b",
  "/a/..",
  "/a/%2e%2E/b",
  "/a/.%2e?x",
])("%j is no target", (target) => {
  expect(problem(target, "127.0.0.1:8080")).toBeTypeOf("string");
});

test.each(["localhost", "a.b:80", "[::1]:80", "caf\u00e9.example"])("%s is a host", (host) => {
  expect(problem("/", host)).toBeUndefined();
});

test.each([
  undefined,
  "",
  "a:b",
  "a:99999",
  "[::1",
  "a b",
  "a/b",
  "a?b",
  "a#b",
  "user@a",
  "a\\b",
  "%",
])("%j is no host", (host) => {
  expect(problem("/", host)).toBeTypeOf("string");
});

test("what passes makes a URL of the same host, path and query", () => {
  const piece = fc.constantFrom("/", ".", "%2e", "\\", "?", "#", "@", ":", "a", "é", " ", "[", "{");
  const text = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
    fc.string({ unit: "binary", maxLength: 12 }),
  );
  let passed = 0;
  fc.assert(
    fc.property(text, fc.oneof(fc.constant("host:80"), text), (rest, host) => {
      const target = `/${rest}`;
      if (problem(target, host) === undefined) {
        passed++;
        const base = new URL(`http://${host}`);
        const url = new URL(target, base);
        expect(url.host).toBe(base.host);
        expect(url.hash).toBe("");
        const [path, ...query] = target.split("?");
        expect(url.pathname.split("/").length).toBe(path?.split("/").length);
        expect(url.search === "").toBe(query.join("?") === "");
      }
    }),
    { numRuns: 5000 },
  );
  expect(passed).toBeGreaterThan(100);
});

test("a host that was fine does not vouch for another", () => {
  const guard = requestGuard();
  const check = (host: string) => guard({ url: "/", headers: { host } } as IncomingMessage);
  for (let i = 0; i < 2; i++) {
    expect(check("a:80")).toBeUndefined();
    expect(check("a:99999")).toBeTypeOf("string");
  }
});
