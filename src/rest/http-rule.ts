// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescMethod,
  type DescService,
  getOption,
  hasOption,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { http } from "../../gen/google/api/annotations_pb.ts";
import { type HttpRule, HttpRuleSchema } from "../../gen/google/api/http_pb.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";

/** Which rules there are besides the `google.api.http` options of methods. */
export interface RuleOptions {
  /**
   * Rules that replace those of the methods that their `selector` names, as `http.rules` in a
   * service config do: of several for one method, the last one wins. Those of services that are not
   * served are without effect.
   */
  readonly rules?: readonly MessageInitShape<typeof HttpRuleSchema>[];
  /**
   * Whether `google.longrunning.Operations.WaitOperation`, which has no rule of its own, is bound to
   * `POST /v1/{name=operations/**}:wait` with body `*`. Default: true, unless a rule binds it.
   */
  readonly wait?: boolean;
}

/** The rule of a method: of the table, else its own, else the default for WaitOperation. */
export function ruleOf(method: DescMethod, options: RuleOptions = {}): HttpRule | undefined {
  const selected = options.rules?.findLast(({ selector }) => selector === selectorOf(method));
  if (selected !== undefined) {
    return create(HttpRuleSchema, selected);
  }
  if (hasOption(method, http)) {
    return getOption(method, http);
  }
  const waits =
    method.parent.typeName === Operations.typeName &&
    method.name === Operations.method.waitOperation.name;
  return waits && options.wait !== false ? create(HttpRuleSchema, waitRule) : undefined;
}

const waitRule: MessageInitShape<typeof HttpRuleSchema> = {
  pattern: { case: "post", value: "/v1/{name=operations/**}:wait" },
  body: "*",
};

/** Selectors of the table that name no method of these services although they name the service. */
export function danglingSelectors(
  services: readonly DescService[],
  { rules = [] }: RuleOptions,
): string[] {
  const methods = new Set(services.flatMap((service) => service.methods.map(selectorOf)));
  const names = new Set(services.map(({ typeName }) => typeName));
  return rules
    .map(({ selector = "" }) => selector)
    .filter((selector) => {
      const service = selector.slice(0, Math.max(selector.lastIndexOf("."), 0));
      return selector === "" || (names.has(service) && !methods.has(selector));
    });
}

/** As a service config names a method: `google.longrunning.Operations.GetOperation`. */
function selectorOf(method: DescMethod): string {
  return `${method.parent.typeName}.${method.name}`;
}
