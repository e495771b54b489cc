// SPDX-License-Identifier: Apache-2.0

import type { DescMethod, DescService, MessageInitShape } from "@bufbuild/protobuf";
import type { HttpRuleSchema } from "../../gen/google/api/http_pb.ts";
import type { Binding } from "./binding.ts";

/** Which rules there are besides the `google.api.http` options of methods. */
export interface RuleOptions {
  /**
   * Rules that replace those of the methods that their `selector` names, as `http.rules` in a
   * service config do: of several for one method, the last one wins. Those of methods that are not
   * served are without effect.
   */
  readonly rules?: readonly MessageInitShape<typeof HttpRuleSchema>[];
  /**
   * Whether `google.longrunning.Operations.WaitOperation`, which has no rule of its own, is bound to
   * `POST /v1/{name=operations/**}:wait` with body `*`. Default: true, unless a rule binds it.
   */
  readonly wait?: boolean;
}

/**
 * The bindings of one method, that of its rule first, then the additional ones; none if it has no
 * rule, or if clients stream to it.
 *
 * @throws Error that lists all that is wrong with them: method, rule, fault and remedy.
 */
export function bindingsOf(_method: DescMethod, _options?: RuleOptions): readonly Binding[] {
  throw new Error("to come");
}

/** @throws Error that lists all that is wrong with the rules of these services. */
export function serviceBindings(
  _services: readonly DescService[],
  _options?: RuleOptions,
): readonly Binding[] {
  throw new Error("to come");
}
