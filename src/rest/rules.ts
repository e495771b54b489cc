// SPDX-License-Identifier: Apache-2.0

import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { bindRule } from "./bind-rule.ts";
import type { Binding, RestMethod } from "./binding.ts";
import { danglingSelectors, type RuleOptions, ruleOf } from "./http-rule.ts";
import { createRouter, type Router } from "./router.ts";
import { printTemplate } from "./template.ts";

export type { RuleOptions } from "./http-rule.ts";

/**
 * The bindings of one method, that of its rule first, then the additional ones; none if it has no
 * rule, or if clients stream to it.
 *
 * @throws Error that lists all that is wrong with them: method, rule, fault and remedy.
 */
export function bindingsOf(method: DescMethod, options: RuleOptions = {}): readonly Binding[] {
  const { bindings, problems } = readBindings(method, options);
  throwAll(problems);
  return bindings;
}

/**
 * Routes to the bindings of all methods of these services.
 *
 * @throws Error that lists all that is wrong with them: method, rule, fault and remedy.
 */
export function createBindingRouter(
  services: readonly DescService[],
  options: RuleOptions = {},
): Router<Binding> {
  const router = createRouter<Binding>();
  const problems = danglingSelectors(services, options).map((selector) =>
    selector === ""
      ? "rules: a rule has no selector; name the method, as in package.Service.Method"
      : `rules: there is no method ${selector}; correct the selector`,
  );
  for (const method of services.flatMap((service) => service.methods)) {
    const read = readBindings(method, options);
    problems.push(...read.problems);
    for (const binding of read.bindings) {
      const present = router.add({ ...binding, value: binding })?.value;
      if (present !== undefined && nameOf(present.method) !== nameOf(method)) {
        const other = `${nameOf(present.method)} with ${printTemplate(present.template)}`;
        problems.push(
          `${nameOf(method)}: ${binding.httpMethod} "${printTemplate(binding.template)}": ` +
            `its requests go to ${other}; bind one of them elsewhere`,
        );
      }
    }
  }
  throwAll(problems);
  return router;
}

function readBindings(
  method: DescMethod,
  options: RuleOptions,
): { readonly bindings: readonly Binding[]; readonly problems: string[] } {
  const bindings: Binding[] = [];
  const problems: string[] = [];
  const rule = ruleOf(method, options);
  // Of a rule in a proto file, which serves others as well, other transcoders make nothing either.
  if (rule === undefined || !isRestMethod(method)) {
    return { bindings, problems };
  }
  for (const [index, one] of [rule, ...rule.additionalBindings].entries()) {
    try {
      if (index > 0 && one.additionalBindings.length > 0) {
        throw new Error(
          "an additional binding has additional bindings; put them beside it, into the rule",
        );
      }
      bindings.push(bindRule(method, one));
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      problems.push(`${nameOf(method)}: ${problem}`);
    }
  }
  return { bindings, problems };
}

function isRestMethod(method: DescMethod): method is RestMethod {
  return method.methodKind === "unary" || method.methodKind === "server_streaming";
}

function throwAll(problems: readonly string[]): void {
  if (problems.length > 0) {
    throw new Error(
      `google.api.http rules cannot be used:${problems.map((p) => `\n  ${p}`).join("")}`,
    );
  }
}

function nameOf(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}
