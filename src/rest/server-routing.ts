// SPDX-License-Identifier: Apache-2.0

import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { MethodImplSpec } from "@connectrpc/connect";
import type { Binding } from "./binding.ts";
import type { UniversalHandlerOptions } from "./connect-internals.ts";
import type { LayeredOptions } from "./layered-options.ts";
import type { RouteMatch } from "./router.ts";
import { createBindingRouter, type RuleOptions } from "./rules.ts";

/** Options with which a method is called: those of a router, complete, and with a registry. */
export type CallOptions = UniversalHandlerOptions & Pick<LayeredOptions, "jsonOptions">;

/** A method that is served, and how. */
export interface ServedMethod {
  readonly spec: MethodImplSpec;
  readonly options: CallOptions;
}

/** A method that is served, and the binding that led to it. */
export interface ServedBinding extends ServedMethod {
  readonly binding: Binding;
}

/** What a request leads to: a route with all that it needs, or the reason why there is none. */
export type FoundRoute = RouteMatch<ServedBinding> & { readonly query: string };

/**
 * Routes requests to what is served; of several implementations of a method, the last one is.
 *
 * @throws Error that lists all that is wrong with the rules of these methods.
 */
export function createRouting(
  methods: readonly ServedMethod[],
  rules: RuleOptions,
): (httpMethod: string, target: string) => FoundRoute {
  const served = new Map(methods.map((method) => [nameOf(method.spec.method), method]));
  const services = new Map<string, DescService>(
    methods.map(({ spec }) => [spec.method.parent.typeName, spec.method.parent]),
  );
  const router = createBindingRouter([...services.values()], rules);

  return (httpMethod, target) => {
    const question = target.indexOf("?");
    const path = question === -1 ? target : target.slice(0, question);
    const query = question === -1 ? "" : target.slice(question + 1);
    const match = router.match(httpMethod, path);
    if (match.kind !== "found") {
      return { ...match, query };
    }
    const method = served.get(nameOf(match.value.method));
    // Another method of a service of which methods were registered one by one.
    if (method === undefined) {
      return { kind: "notFound", query };
    }
    const { variables, value: binding } = match;
    return { kind: "found", value: { ...method, binding }, variables, query };
  };
}

function nameOf({ parent, name }: DescMethod): string {
  return `${parent.typeName}.${name}`;
}
