// SPDX-License-Identifier: Apache-2.0

import type { OmittedAny } from "./unwritable-any.ts";

/**
 * What an operator may want to log or count.
 *
 * - `anyOmitted`: an answer in JSON was sent without a `google.protobuf.Any` that JSON cannot carry.
 *   Most often its type is not registered: hand it over in `jsonOptions.registry`.
 * - `handlerThrew`: `contextValues` or `fallback` threw, and the request was answered with 500; or an
 *   answer over REST could not be sent, and was cut off.
 */
export type NodeAdapterEvent =
  | (OmittedAny & { readonly kind: "anyOmitted" })
  | { readonly kind: "handlerThrew"; readonly cause: unknown };

const maxReportedTypes = 100;

/** Tells the console: of each type that was left out once, of what was thrown each time. */
export function consoleReporter(): (event: NodeAdapterEvent) => void {
  const reported = new Set<string>();
  return (event) => {
    if (event.kind === "handlerThrew") {
      // biome-ignore lint/suspicious/noConsole: an error that nobody asked to be told of must not vanish.
      console.error("longrunning: a request handler threw:", event.cause);
      return;
    }
    const { typeUrl, method, cause } = event;
    if (!reported.has(typeUrl) && reported.size < maxReportedTypes) {
      reported.add(typeUrl);
      // biome-ignore lint/suspicious/noConsole: what is missing from an answer must not go unnoticed.
      console.warn(
        `longrunning: ${method.parent.typeName}/${method.name} answered in JSON without a "${typeUrl}", which cannot be written:`,
        cause,
      );
    }
  };
}
