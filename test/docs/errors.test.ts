// SPDX-License-Identifier: Apache-2.0

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Code } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { readText } from "../snippets.ts";

const src = fileURLToPath(new URL("../../src", import.meta.url));

interface Reason {
  readonly code: string;
  readonly details: string;
}

const document = readText("docs/errors.md");
const rows = [...document.matchAll(/^\| `(\w+)` \| (\w+)(?: \((\w+)\))? \| .+ \| .+ \|$/gm)];
const documented = new Map(
  rows.map(([, reason = "", code = "", details = ""]): [string, Reason] => [
    reason,
    { code, details },
  ]),
);
const declared = new Map(
  [...readText("src/error-reason.ts").matchAll(/^ {2}(\w+): +Code\.(\w+);$/gm)].map(
    ([, reason = "", code = ""]): [string, string] => [reason, canonical(code)],
  ),
);

/** `Canceled` -> `CANCELLED`, `NotFound` -> `NOT_FOUND`. */
function canonical(code: string): string {
  expect(Object.keys(Code)).toContain(code);
  const upper = code.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
  return upper === "CANCELED" ? "CANCELLED" : upper;
}

const sources = readdirSync(src, { recursive: true })
  .map((path) => `src/${String(path).replaceAll("\\", "/")}`)
  .filter((path) => path.endsWith(".ts") && !path.includes("/gen/"))
  .filter((path) => path !== "src/error-reason.ts");
const code = sources.map(readText).join("\n");

describe("docs/errors.md", () => {
  test("has one row for each reason, with its code", () => {
    expect(declared.size).toBeGreaterThan(20);
    expect(rows).toHaveLength(documented.size);
    const codes = new Map([...documented].map(([reason, row]) => [reason, row.code]));
    expect(Object.fromEntries(codes)).toEqual(Object.fromEntries(declared));
  });

  test("has no row of the tables that the test does not see", () => {
    const all = document.match(/^\| `/gm) ?? [];
    expect(all).toHaveLength(rows.length);
  });

  test("tells of the details that codes call for", () => {
    for (const [reason, row] of documented) {
      const expected = { INVALID_ARGUMENT: "BadRequest", NOT_FOUND: "ResourceInfo" }[row.code];
      const retried = reason.startsWith("TOO_MANY_") ? "RetryInfo" : "";
      expect({ reason, details: row.details }).toEqual({ reason, details: expected ?? retried });
    }
  });

  test("promises reasons as AIP-193 wants them", () => {
    for (const reason of documented.keys()) {
      expect(reason).toMatch(/^[A-Z][A-Z0-9_]{1,61}[A-Z0-9]$/);
    }
  });
});

describe("the sources", () => {
  test("give no reason that is not declared", () => {
    const given = [...code.matchAll(/\breason: "([A-Z][A-Z0-9_]+)"/g)].map(([, reason]) => reason);
    expect(given.length).toBeGreaterThan(20);
    expect(given.filter((reason = "") => !declared.has(reason))).toEqual([]);
  });

  test("declare no reason that nobody gives", () => {
    const quoted = new Set([...code.matchAll(/"([A-Z][A-Z0-9_]+)"/g)].map(([, reason]) => reason));
    expect([...declared.keys()].filter((reason) => !quoted.has(reason))).toEqual([]);
  });

  test("make an ErrorInfo nowhere but where reasons are typed", () => {
    const makers = sources.filter((path) =>
      /(?:detail|packAny)\(\s*ErrorInfoSchema|googleapis\.com\/google\.rpc\.ErrorInfo/.test(
        readText(path),
      ),
    );
    expect(makers.sort()).toEqual(["src/server/errors.ts", "src/unusable-result.ts"]);
  });
});
