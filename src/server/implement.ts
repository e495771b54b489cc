// SPDX-License-Identifier: Apache-2.0

import type { DescMethod, DescService, MutableRegistry } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import { default_host } from "../../gen/google/api/client_pb.ts";
import { isLongRunning } from "../operation-info.ts";
import { registerService } from "../operation-registry.ts";
import type { OperationService, OperationTypes } from "../operation-service.ts";
import type { OperationHandlers, OperationServiceImpl } from "./handlers.ts";
import { type ExternalMethod, messageCodec, methodKey, type RunnableMethod } from "./method.ts";
import { type MethodOptions, methodOptions } from "./method-options.ts";
import type { Settings } from "./options.ts";
import { cancelledResult } from "./run/ending.ts";
import { startRules } from "./start/start-rules.ts";
import type { Starter } from "./start/starter.ts";

interface ImplementOptions {
  readonly settings: Settings;
  readonly domain: string;
  readonly registry: MutableRegistry;
  /** The methods implemented so far; those of this service are added. */
  readonly methods: Map<string, RunnableMethod | ExternalMethod>;
  readonly start: Starter;
}

/**
 * Makes ordinary implementations of a service's handlers.
 *
 * @throws Error, TypeError or RangeError if a handler does not fit its method, or a method is
 * implemented already.
 */
export function implementService<Service extends OperationService>(
  service: Service,
  handlers: OperationHandlers<Service>,
  options: ImplementOptions,
): OperationServiceImpl<Service> {
  const { methods, registry, domain, start } = options;
  checkService(service);
  checkNames(service, handlers);
  const given = handlers as Readonly<Record<string, unknown>>;
  const impl: Record<string, unknown> = {};
  const served: (RunnableMethod | ExternalMethod)[] = [];
  for (const method of service.methods) {
    const name = method.localName;
    const handler = given[name];
    if (handler === undefined) {
      continue;
    }
    const types = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
    if (types === undefined) {
      impl[name] = ordinary(method, handler, handlers);
    } else {
      const written = methodOptions(method, { handler, handlers });
      const longRunning = longRunningMethod(method, { types, written, options });
      served.push(longRunning);
      impl[name] = start(longRunning, startRules(method, { hooks: written, domain }));
    }
  }
  registerService(registry, service);
  // Only now that nothing can fail: a call that throws leaves no method behind.
  for (const method of served) {
    methods.set(method.key, method);
  }
  return impl as OperationServiceImpl<Service>;
}

function checkService(service: DescService & { readonly operations?: unknown }): void {
  if (typeof service.operations !== "object" || service.operations === null) {
    throw new TypeError(
      `${service.typeName} does not say of which types its operations are: implement the generated ${service.name}Operations, or resolveOperations(${service.name}, registry)`,
    );
  }
}

function checkNames(service: DescService, handlers: object): void {
  const prototype: unknown = Object.getPrototypeOf(handlers);
  if (prototype !== Object.prototype && prototype !== null) {
    // An object of a class has fields of its own beside its methods.
    return;
  }
  const names = service.methods.map((method) => method.localName);
  for (const name of Object.keys(handlers)) {
    if (!names.includes(name)) {
      throw new Error(`${service.typeName} has no method "${name}"; it has ${names.join(", ")}`);
    }
  }
}

/** The default `domain` of errors: where the service is hosted, else its full name. */
export function domainOf(service: DescService): string {
  return hasOption(service, default_host) ? getOption(service, default_host) : service.typeName;
}

function ordinary(method: DescMethod, handler: unknown, handlers: object): unknown {
  if (isLongRunning(method)) {
    throw new Error(
      `${method.parent.typeName}.${method.name} has no (google.longrunning.operation_info), so its handler cannot be typed or run`,
    );
  }
  if (typeof handler !== "function") {
    throw new TypeError(
      `Expected the implementation of ${method.name} to be a function: it returns no Operation, so it has no options`,
    );
  }
  return handler.bind(handlers);
}

interface LongRunningInit {
  readonly types: OperationTypes;
  readonly written: MethodOptions;
  readonly options: ImplementOptions;
}

function longRunningMethod(
  method: DescMethod,
  { types, written, options }: LongRunningInit,
): RunnableMethod | ExternalMethod {
  const { settings, domain, methods } = options;
  const key = methodKey(method);
  if (methods.has(key)) {
    throw new Error(`${key} is implemented already`);
  }
  const { work } = written;
  const served = {
    key,
    request: messageCodec(method.input, {
      role: "request",
      maxBytes: settings.maxRequestBytes,
      domain,
    }),
    response: messageCodec(types.response, {
      role: "response",
      maxBytes: settings.maxOperationBytes,
      domain,
    }),
    metadata: messageCodec(types.metadata, {
      role: "metadata",
      maxBytes: settings.maxMetadataBytes,
      domain,
    }),
    maxLosses: (work.kind === "local" ? work.maxLosses : undefined) ?? settings.maxLosses,
    cancelGraceMs: written.cancelGraceMs ?? settings.cancelGraceMs,
    retentionMs: written.retentionMs ?? settings.retentionMs,
    domain,
    cancelled: cancelledResult(domain),
  };
  return work.kind === "local"
    ? { ...served, run: work.run }
    : { ...served, timeoutMs: work.timeoutMs, onCancel: work.onCancel };
}
