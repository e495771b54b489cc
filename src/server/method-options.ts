// SPDX-License-Identifier: Apache-2.0

import type { DescMethod } from "@bufbuild/protobuf";
import type { ExternalMethod, RunnableMethod } from "./method.ts";
import { checkNumber } from "./options.ts";
import type { StartHooks } from "./start/start-rules.ts";

/** What a service's author has written for a long-running method, checked, its functions bound. */
export interface MethodOptions extends StartHooks {
  readonly cancelGraceMs?: number | undefined;
  readonly retentionMs?: number | undefined;
  readonly work: LocalWork | ExternalWork;
}

interface LocalWork {
  readonly kind: "local";
  readonly run: RunnableMethod["run"];
  readonly maxLosses?: number | undefined;
}

interface ExternalWork extends Pick<ExternalMethod, "timeoutMs" | "onCancel"> {
  readonly kind: "external";
}

const common = ["run", "start", "validates", "parent", "requestId", "retentionMs", "cancelGraceMs"];
const options = {
  local: [...common, "maxLosses"],
  external: [...common, "timeoutMs", "onCancel"],
};
const functions = ["start", "parent", "requestId", "onCancel"];
const leastNumbers = { maxLosses: 0, cancelGraceMs: 0, retentionMs: 0, timeoutMs: 1 };

/**
 * The options of a method: a function is its `run`, and nothing else.
 *
 * @throws Error, TypeError or RangeError that names the method, and what is wrong with it.
 */
export function methodOptions(
  { name }: DescMethod,
  { handler, handlers }: { readonly handler: unknown; readonly handlers: object },
): MethodOptions {
  if (typeof handler === "function") {
    return { work: { kind: "local", run: handler.bind(handlers) } };
  }
  const given = (handler ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof given.run !== "function" && given.run !== "external") {
    throw new TypeError(
      `Expected the handler of ${name} to be a function, or an object with a function \`run\`, or with \`run: "external"\``,
    );
  }
  const kind = given.run === "external" ? "external" : "local";
  checkNames(name, given, kind);
  checkValues(name, given);
  const bound = (option: string) => {
    const value = given[option];
    return typeof value === "function" ? value.bind(given) : undefined;
  };
  const { cancelGraceMs, retentionMs, validates, maxLosses, timeoutMs } = given as {
    readonly [Name in keyof typeof leastNumbers]?: number;
  } & { readonly validates?: boolean };
  if (kind === "external" && timeoutMs === undefined) {
    throw new TypeError(
      `${name}: an external operation needs \`timeoutMs\`, after which it is given up`,
    );
  }
  return {
    cancelGraceMs,
    retentionMs,
    validates,
    start: bound("start"),
    parent: bound("parent"),
    requestId: bound("requestId"),
    work:
      timeoutMs === undefined
        ? { kind: "local", run: bound("run"), maxLosses }
        : { kind: "external", timeoutMs, onCancel: bound("onCancel") },
  };
}

function checkNames(method: string, given: object, kind: keyof typeof options): void {
  const prototype: unknown = Object.getPrototypeOf(given);
  // An object of a class has fields of its own beside its options.
  const isPlain = prototype === Object.prototype || prototype === null;
  for (const [name, value] of Object.entries(given)) {
    const isOther = [...options.local, ...options.external].includes(name);
    if (!options[kind].includes(name) && value !== undefined && (isPlain || isOther)) {
      const run = kind === "external" ? '`run: "external"`' : "a function `run`";
      throw new TypeError(
        `${method}: there is no option \`${name}\` beside ${run}; there are ${options[kind].join(", ")}`,
      );
    }
  }
}

function checkValues(method: string, given: Readonly<Record<string, unknown>>): void {
  for (const name of functions) {
    if (given[name] !== undefined && typeof given[name] !== "function") {
      throw new TypeError(`Expected \`${name}\` of ${method} to be a function`);
    }
  }
  if (given.validates !== undefined && typeof given.validates !== "boolean") {
    throw new TypeError(`Expected \`validates\` of ${method} to be a boolean`);
  }
  for (const [name, least] of Object.entries(leastNumbers)) {
    if (given[name] !== undefined) {
      checkNumber(`${method}.${name}`, given[name] as number, least);
    }
  }
}
