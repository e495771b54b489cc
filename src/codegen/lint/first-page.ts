// SPDX-License-Identifier: Apache-2.0

import { encode, type Field } from "./encode.ts";
import { category, defaultPageSize, listedRules } from "./listing.ts";
import type { ProcedureCall } from "./plugin-rpc.ts";

/**
 * Answers the four of buf's nine calls that ask for the first page of the rules, or of the categories,
 * in the very words in which buf asks. Any other call is left to those who can read it.
 */
export function firstPage({ path, format, input }: ProcedureCall): Uint8Array | undefined {
  const name = names.find((name) => path === `/${service}/${name}`);
  if (name === undefined || format !== "binary") {
    return undefined;
  }
  const asked = inAny(`${name}Request`, [[1, defaultPageSize]]);
  return asked.equals(input) ? inAny(`${name}Response`, answers[name]()) : undefined;
}

const service = "buf.plugin.check.v1.CheckService";
const names = ["ListRules", "ListCategories"] as const;
const lint = 1;

const answers: Readonly<Record<(typeof names)[number], () => readonly Field[]>> = {
  ListRules: () =>
    listedRules.map((rule) => [
      2,
      encode([
        [1, rule.id],
        ...rule.categoryIds.map((id): Field => [2, id]),
        [3, Number(rule.default)],
        [4, rule.purpose],
        [5, lint],
      ]),
    ]),
  ListCategories: () => [
    [
      2,
      encode([
        [1, category.id],
        [2, category.purpose],
      ]),
    ],
  ],
};

/** A `pluginrpc.v1.Request` or `Response` with one message in it. */
function inAny(name: string, fields: readonly Field[]): Buffer {
  const any = encode([
    [1, `type.googleapis.com/buf.plugin.check.v1.${name}`],
    [2, encode(fields)],
  ]);
  return Buffer.from(encode([[1, any]]));
}
