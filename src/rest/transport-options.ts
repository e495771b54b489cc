// SPDX-License-Identifier: Apache-2.0

import type { Registry } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import type { RuleOptions } from "./rules.ts";

/** Options of `createRestTransport`. */
export interface RestTransportOptions extends RuleOptions {
  /**
   * Where the API is: what stands before the paths of the rules, `https://vision.googleapis.com` for
   * instance. In a browser it may be relative to the page.
   */
  readonly baseUrl: string;
  /** Default: the `fetch` of the platform. It must heed the signal that it is given. */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * Wrap every call, the first one outermost. They see the URL as it is going to be; it is written
   * anew for a message that they replace.
   */
  readonly interceptors?: readonly Interceptor[];
  /**
   * Types that may stand in a `google.protobuf.Any`, besides those of the called services and of all
   * that these import, `google.rpc` error details and well-known types. An Any of any other type
   * keeps its type URL, and its value is empty.
   */
  readonly registry?: Registry;
  /** For calls that have no `timeoutMs` of their own, in milliseconds. Default: none. */
  readonly defaultTimeoutMs?: number;
  /**
   * How many bytes a response may have, or each message of a stream; larger ones end the call with
   * RESOURCE_EXHAUSTED. Default: 4 294 967 295, as in every transport of Connect.
   */
  readonly readMaxBytes?: number;
  /**
   * Asks for enums as numbers (`$alt=json;enum-encoding=int`), so that values newer than the
   * generated code survive. Google's APIs know it, others may refuse it. Default: false.
   */
  readonly enumAsInteger?: boolean;
}

/** As far as connect can count. */
export const maxReadMaxBytes = 0xffffffff;

/** @throws RangeError that names the option that is out of range. */
export function checkTransportOptions(options: RestTransportOptions): void {
  checkBaseUrl(options.baseUrl);
  checkInteger("readMaxBytes", options.readMaxBytes, [1, maxReadMaxBytes]);
  checkInteger("defaultTimeoutMs", options.defaultTimeoutMs, [1, Number.MAX_SAFE_INTEGER]);
}

function checkBaseUrl(baseUrl: string): void {
  // Relative ones are resolved by the platform, or by the given `fetch`.
  if (/^[a-z][a-z0-9+.-]*:/i.test(baseUrl) && !/^https?:\/\/[^/]/i.test(baseUrl)) {
    throw new RangeError(`Expected \`baseUrl\` to be a URL of http or https, got "${baseUrl}"`);
  }
  if (/[?#]/.test(baseUrl)) {
    throw new RangeError(`Expected \`baseUrl\` to have no query and no fragment, got "${baseUrl}"`);
  }
}

function checkInteger(
  name: string,
  value: number | undefined,
  [min, max]: readonly [number, number],
): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= min && value <= max)) {
    throw new RangeError(
      `Expected \`${name}\` to be an integer from ${min} to ${max}, got \`${value}\``,
    );
  }
}
