// SPDX-License-Identifier: Apache-2.0

import { type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { http } from "../../../gen/google/api/annotations_pb.ts";

/** One way to call a method over REST. */
interface HttpBinding {
  /** In upper case; empty if the rule names none. */
  readonly verb: string;
  readonly path: string;
  readonly body: string;
}

/** The bindings of a method's `google.api.http` option, none if it has no such option. */
export function httpBindings(method: DescMethod): HttpBinding[] {
  if (!hasOption(method, http)) {
    return [];
  }
  const rule = getOption(method, http);
  return [rule, ...rule.additionalBindings].map(({ pattern, body }) => {
    switch (pattern.case) {
      case undefined:
        return { verb: "", path: "", body };
      case "custom":
        return { verb: pattern.value.kind.toUpperCase(), path: pattern.value.path, body };
      default:
        return { verb: pattern.case.toUpperCase(), path: pattern.value, body };
    }
  });
}
