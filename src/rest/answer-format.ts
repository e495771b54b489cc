// SPDX-License-Identifier: Apache-2.0

import type { DescMessage } from "@bufbuild/protobuf";
import { readFieldPath } from "./field-path.ts";
import { type QueryParameter, readQuery } from "./query.ts";

/** How a client wants its JSON: `$alt=json;enum-encoding=int`, `$prettyPrint=true`. */
export interface AnswerFormat {
  /** Enums as numbers rather than names. */
  readonly enumAsInteger: boolean;
  /** With line breaks and indentation. */
  readonly prettyPrint: boolean;
}

export const plainFormat: AnswerFormat = { enumAsInteger: false, prettyPrint: false };

/**
 * What the query of a request asks for. Without a dollar sign, a parameter asks for nothing if it is
 * a field of the request, of type `input`. It never throws.
 *
 * @see https://cloud.google.com/apis/docs/system-parameters
 */
export function answerFormat(query: string, input?: DescMessage): AnswerFormat {
  if (!/alt|enum|pp|pretty/.test(query)) {
    return plainFormat;
  }
  const asked = new Map(
    parametersOf(query)
      .filter(({ name }) => input === undefined || readFieldPath(input, [name]).kind !== "path")
      .map(({ name, value }): [string, string] => [name.replace(/^\$/, ""), value]),
  );
  const pretty = asked.get("prettyPrint") ?? asked.get("pp");
  return {
    enumAsInteger:
      asked.get("enum-encoding") === "int" ||
      (asked.get("alt") ?? "").split(";").includes("enum-encoding=int"),
    prettyPrint: pretty === "true" || pretty === "1",
  };
}

function parametersOf(query: string): readonly QueryParameter[] {
  try {
    return readQuery(query);
  } catch {
    return [];
  }
}
