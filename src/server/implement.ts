// SPDX-License-Identifier: Apache-2.0

import type { DescMethod, DescService, Message, MutableRegistry } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { default_host } from "../../gen/google/api/client_pb.ts";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import { isLongRunning } from "../operation-info.ts";
import { registerService } from "../operation-registry.ts";
import type { OperationService, OperationTypes } from "../operation-service.ts";
import { cancelledResult } from "./ending.ts";
import type { OperationHandlers, OperationServiceImpl } from "./handlers.ts";
import { messageCodec, methodKey, type RunnableMethod } from "./method.ts";
import { checkNumber, type Settings } from "./options.ts";

interface ImplementOptions {
  readonly settings: Settings;
  readonly domain: string;
  readonly registry: MutableRegistry;
  /** The methods implemented so far; those of this service are added. */
  readonly methods: Map<string, RunnableMethod>;
  /** Stores an operation and answers with it. */
  start(method: RunnableMethod, request: Message, context: HandlerContext): Promise<Operation>;
}

/**
 * Makes ordinary implementations of a service's handlers.
 *
 * @throws Error if a handler is for no method of the service, or a method is implemented already.
 */
export function implementService<Service extends OperationService>(
  service: Service,
  handlers: OperationHandlers<Service>,
  options: ImplementOptions,
): OperationServiceImpl<Service> {
  const { methods, registry } = options;
  checkNames(service, handlers);
  const given = handlers as Readonly<Record<string, unknown>>;
  const impl: Record<string, unknown> = {};
  const runnables: RunnableMethod[] = [];
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
      const runnable = longRunning(method, { types, handler, handlers, options });
      runnables.push(runnable);
      impl[name] = (request: Message, context: HandlerContext) =>
        options.start(runnable, request, context);
    }
  }
  registerService(registry, service);
  // Only now that nothing can fail: a call that throws leaves no method behind.
  for (const runnable of runnables) {
    methods.set(runnable.key, runnable);
  }
  return impl as OperationServiceImpl<Service>;
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
    throw new TypeError(`Expected the implementation of ${method.name} to be a function`);
  }
  return handler.bind(handlers);
}

interface HandlerWithOptions {
  readonly run: RunnableMethod["run"];
  readonly maxLosses?: number;
  readonly cancelGraceMs?: number;
  readonly retentionMs?: number;
}

function handlerOf(method: DescMethod, handler: unknown, handlers: object): HandlerWithOptions {
  if (typeof handler === "function") {
    return { run: handler.bind(handlers) };
  }
  const full = handler as HandlerWithOptions;
  if (typeof full?.run !== "function") {
    throw new TypeError(
      `Expected the handler of ${method.name} to be a function, or an object with a function \`run\``,
    );
  }
  if (full.maxLosses !== undefined) {
    checkNumber("maxLosses", full.maxLosses, 0);
  }
  if (full.cancelGraceMs !== undefined) {
    checkNumber("cancelGraceMs", full.cancelGraceMs, 0);
  }
  return { ...full, run: full.run.bind(full) };
}

interface LongRunningInit {
  readonly types: OperationTypes;
  readonly handler: unknown;
  readonly handlers: object;
  readonly options: ImplementOptions;
}

function longRunning(
  method: DescMethod,
  { types, handler, handlers, options }: LongRunningInit,
): RunnableMethod {
  const { settings, domain, methods } = options;
  const key = methodKey(method);
  if (methods.has(key)) {
    throw new Error(`${key} is implemented already`);
  }
  const { run, maxLosses, cancelGraceMs, retentionMs } = handlerOf(method, handler, handlers);
  return {
    key,
    run,
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
    maxLosses: maxLosses ?? settings.maxLosses,
    cancelGraceMs: cancelGraceMs ?? settings.cancelGraceMs,
    retentionMs: retentionMs ?? settings.retentionMs,
    domain,
    cancelled: cancelledResult(domain),
  };
}
