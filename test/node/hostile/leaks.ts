// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import type { Answer } from "./protocols.ts";

const root = join(import.meta.dirname, "../../..");

/** What no answer may tell: where in the code something happened, and where that code lies. */
const internals: readonly (string | RegExp)[] = [
  /\bat .*\(.*:\d+:\d+\)/,
  /\.[cm]?[jt]s:\d+/,
  "node_modules",
  "node:internal",
  "file://",
  "/src/",
  "/dist/",
  root,
  process.execPath,
];

/** What an answer tells of the inside of the server, if it does. */
export function leakIn({ headers, trailers, body }: Answer): string | undefined {
  const texts = [body.toString("latin1")];
  for (const [name, value] of Object.entries({ ...headers, ...trailers })) {
    const text = String(value);
    texts.push(text);
    if (name.endsWith("-bin")) {
      texts.push(Buffer.from(text, "base64").toString("latin1"));
    } else if (text.includes("%")) {
      texts.push(unescaped(text));
    }
  }
  for (const text of texts) {
    for (const internal of internals) {
      if (typeof internal === "string" ? text.includes(internal) : internal.test(text)) {
        return `${internal} in ${JSON.stringify(text.slice(0, 500))}`;
      }
    }
  }
  return undefined;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
