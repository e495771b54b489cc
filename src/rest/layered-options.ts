// SPDX-License-Identifier: Apache-2.0

import type { Registry } from "@bufbuild/protobuf";
import type { ConnectRouterOptions, Interceptor } from "@connectrpc/connect";
import { joinedRegistry } from "./joined-registry.ts";

/** Options of a router in which a registry and the interceptors are present. */
export interface LayeredOptions extends ConnectRouterOptions {
  readonly jsonOptions: NonNullable<ConnectRouterOptions["jsonOptions"]> & { registry: Registry };
  readonly interceptors: Interceptor[];
}

/**
 * Puts options over others. What is given replaces what was there, but registries are joined, and
 * interceptors run within the ones that were there, so that no service slips past the interceptors
 * of its adapter by having options of its own.
 */
export function layered(below: LayeredOptions, over: ConnectRouterOptions): LayeredOptions {
  const given = Object.entries(over).filter(([, value]) => value !== undefined);
  const { jsonOptions, interceptors = [] } = over;
  const registry = jsonOptions?.registry;
  return {
    ...below,
    ...Object.fromEntries(given),
    jsonOptions: {
      ...below.jsonOptions,
      ...jsonOptions,
      registry:
        registry === undefined
          ? below.jsonOptions.registry
          : joinedRegistry(registry, below.jsonOptions.registry),
    },
    interceptors: [
      ...below.interceptors,
      ...interceptors.filter((interceptor) => !below.interceptors.includes(interceptor)),
    ],
  };
}
