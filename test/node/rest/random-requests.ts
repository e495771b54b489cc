// SPDX-License-Identifier: Apache-2.0

import { casesOf } from "../../rest/vectors.ts";
import type { Random } from "../hostile/random.ts";
import type { HttpRequest } from "./http-client.ts";

const known = casesOf("query", "body", "response", "error").map(([, { request }]) => request);

const segments = [
  ...["v1", "shelves", "books", "files", "probe", "blobs", "fail", "operations", "tags", "latest"],
  ...["7", "", ".", "..", "%2e", "%2F", "%", "%zz", "%FF", "%00", "%E4%BD%A0", "a:b", ":", "::"],
  ...["shelves:list", "shelves:watch", "x:merge", "x:stat", "*", "**", "{name}", "a%3Ab", "+"],
  ...["__proto__", "constructor", "toString", "a".repeat(3000), "~!$&'()*+,;=@"],
];

const names = [
  ...["id", "flag", "small", "big", "usmall", "ubig", "approx", "ratio", "raw", "kind", "words"],
  ...["numbers", "kinds", "child", "child.label", "child.child.depth", "child.marks", "children"],
  ...["children.label", "labels", "labels.a", "labels[a]", "at", "at.seconds", "ttl", "mask"],
  ...["text_box", "textBox", "int_box", "int_box.value", "bool_box", "bytes_box", "extra"],
  ...["extra.fields", "left", "right", "deep.label", "maybe", "strange", "odd", "name", "shelf"],
  ...["shelf.theme", "page_size", "read_mask", "$alt", "alt", "key", "$prettyPrint", "fields"],
  ...["", ".", "..", "a.", ".a", "__proto__", "constructor.name", `${"child.".repeat(200)}label`],
];

const values = [
  ...["", "0", "1", "-1", "true", "TRUE", "null", "1.5", "1e400", "-1e-400", "NaN", "Infinity"],
  ...["-Infinity", "2147483648", "-2147483649", "9223372036854775808", "18446744073709551616"],
  ...["0x10", " 1", "1 ", "+1", "PAPER", "99", "_-8", "!!", "====", "AA=", "%", "%FF", "a%2Cb"],
  ...["2024-02-29T12:00:00Z", "9999-12-31T23:59:59.999999999Z", "0000-01-01T00:00:00Z", "1s"],
  ...["-315576000000.999999999s", "1e9s", "a,b_c", "A__b", "aB", "{}", "[]", '{"a":1}', "%00"],
  ...["json;enum-encoding=int", "proto", "sse", "%F0%9F%98%80", "%ED%A0%80", "a".repeat(5000)],
];

const texts = [
  ...["", "{}", "[]", '""', "null", "0", "true", '"a"', "{", "[", '{"a"', "\u0000", "[[[[", "NaN"],
  ...['{"theme":1}', '{"rank":"1"}', '{"rank":1e99}', '{"books":[null]}', '{"name":"\\ud800"}'],
  ...['{"__proto__":{"theme":"x"}}', '{"at":"x"}', '{"extra":{"a":[1,{"b":null}]}}', '{"raw":"?"}'],
  ...['{"labels":{"a":"b"}}', '{"left":"a","right":"b"}', '{"big":1.5}', '{"id":"a","id":"b"}'],
  ...['{"child":{"marks":[1,2]}}', '{"mask":"a_b,c"}', '{"kind":5}', '{"kinds":["X"]}'],
  ...["[".repeat(20_000), `{"child":`.repeat(5_000), `{"extra":{"a":${"[".repeat(3000)}`],
  ...[`{"extra":{"a":${"[".repeat(500)}${"]".repeat(500)}}}`, "\ufeff{}", "{}{}", " ".repeat(9000)],
];

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PURGE"];

const headers: readonly Readonly<Record<string, string>>[] = [
  {},
  { "content-type": "application/json" },
  { "content-type": "application/json; charset=utf-16" },
  { "content-type": "text/plain" },
  { "content-type": ";;;" },
  { "content-encoding": "gzip" },
  { "content-encoding": "x" },
  { "accept-encoding": "gzip, br;q=1.0, *;q=zz,,;" },
  { "x-server-timeout": "1e9" },
  { "x-server-timeout": "5" },
  { "grpc-timeout": "1H", "connect-timeout-ms": "0x" },
];

// Of what a client can send within a request line.
const characters = "abz019-._~!$&'()*+,;=:@%/?{}[]|^\\\"<>`";

/** A request that is one that is known, one of parts that matter, or neither, and then changed. */
export function randomRequest(numbers: Random): HttpRequest {
  const { below, pick } = numbers;
  const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
  const like = pick(known);
  const isKnown = below(4) > 0;
  const path = isKnown ? like.path : `/${times(below(7), () => pick(segments)).join("/")}`;
  const query = times(below(3), () => `${pick(names)}=${pick(values)}`).join("&");
  const target = [isKnown ? like.query : undefined, query].filter(Boolean).join("&");
  const body = pick<() => string | Buffer | undefined>([
    () => undefined,
    () => like.body ?? undefined,
    () => changed(pick(texts)),
    () => numbers.bytes(below(300)),
  ])();
  return {
    method: below(3) === 0 ? pick(methods) : like.method,
    target: changed(below(3) === 0 ? path : `${path}?${target}`),
    headers: { ...(below(3) > 0 && like.headers), ...pick(headers) },
    body,
  };

  function changed(text: string): string {
    let result = text;
    for (let left = below(3) === 0 ? below(4) : 0; left > 0; left--) {
      const at = 1 + below(result.length);
      const inserted = characters[below(characters.length)] ?? "";
      result = result.slice(0, at) + inserted + result.slice(at + below(3));
    }
    return result;
  }
}
