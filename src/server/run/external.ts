// SPDX-License-Identifier: Apache-2.0

import { isMessage, type Message } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import {
  type ExternalMethod,
  isRunnable,
  type MessageCodec,
  type ServedMethods,
} from "../method.ts";
import type { Settings } from "../options.ts";
import { isSameBytes } from "../start/same-request.ts";
import type { OperationRecord, OperationResult, OperationStore } from "../store.ts";
import type { Conclusions } from "./conclusion.ts";
import { type ResultLimits, responseResult } from "./ending.ts";
import { mappedResult } from "./error-mapping.ts";

/**
 * What has become of a write to an external operation. `applied`: it is stored. `same`: the operation
 * had ended before, with exactly this. `refused`: it had ended otherwise, or there is no such
 * operation.
 */
export type ExternalOutcome = "applied" | "same" | "refused";

/** Operations whose work is done elsewhere. */
export interface ExternalOperations {
  report(name: string, metadata: Message): Promise<ExternalOutcome>;
  complete(name: string, response?: Message): Promise<ExternalOutcome>;
  fail(name: string, error: unknown): Promise<ExternalOutcome>;
  /** Tells the method of an operation that somebody has asked to cancel it. */
  cancelRequested(record: OperationRecord): void;
}

interface ExternalOptions {
  readonly store: OperationStore;
  readonly methods: ServedMethods;
  readonly conclusions: Conclusions;
  readonly limits: Omit<ResultLimits, "onError">;
  readonly mapError: Settings["mapError"];
  onHandlerError(error: unknown, operation: string): void;
}

interface Found {
  readonly record: OperationRecord;
  readonly method: ExternalMethod;
}

interface Ending {
  readonly result: OperationResult;
  readonly ifCancelled?: OperationResult;
}

// What an external operation begins with, and keeps until it ends.
const fence = 1;

/** Writes to external operations. */
export function externalOperations(options: ExternalOptions): ExternalOperations {
  const { store, methods, conclusions, limits, mapError, onHandlerError } = options;

  async function find(name: string): Promise<Found | undefined> {
    const record = await store.read(name);
    return record === undefined ? undefined : { record, method: externalMethod(record) };
  }

  function externalMethod({ name, method: key, external }: OperationRecord): ExternalMethod {
    const method = methods.get(key);
    if (method === undefined) {
      throw new Error(`${name} is of ${key}, which this program does not implement`);
    }
    if (!external || isRunnable(method)) {
      throw new Error(`${name} is of ${key}, whose handler ends it: it is not \`run: "external"\``);
    }
    return method;
  }

  async function end({ record, method }: Found, ending: Ending): Promise<ExternalOutcome> {
    const { name, createTimeUs, cancelRequested } = record;
    if (record.state === "done") {
      return afterTheEnd(record, ending);
    }
    const concluded = { name, method: method.key, fence, createTimeUs, cancelRequested };
    return (await conclusions.conclude(concluded, { kind: "end", ...ending }))
      ? "applied"
      : afterTheEnd(await store.read(name), ending);
  }

  return {
    async report(name, metadata) {
      const found = await find(name);
      if (found === undefined) {
        return "refused";
      }
      checkType(metadata, { codec: found.method.metadata, call: "report", name });
      const packed = found.method.metadata.pack(metadata);
      const applied = await store.update({ name, fence }, { kind: "report", metadata: packed });
      return applied ? "applied" : "refused";
    },

    async complete(name, response) {
      const found = await find(name);
      if (found === undefined) {
        return "refused";
      }
      const { record, method } = found;
      if (response !== undefined || method.response.schema.typeName !== EmptySchema.typeName) {
        checkType(response, { codec: method.response, call: "complete", name });
      }
      const { maxOperationBytes } = limits;
      const metadataBytes = record.metadata?.value.length ?? 0;
      const result = responseResult(response, method, { maxOperationBytes, metadataBytes });
      return await end(found, { result });
    },

    async fail(name, error) {
      const found = await find(name);
      if (found === undefined) {
        return "refused";
      }
      const { key, domain, cancelled } = found.method;
      const onError = (failure: unknown) => onHandlerError(failure, name);
      const context = { operation: name, method: key };
      const result = await mappedResult(error, {
        mapError,
        context,
        domain,
        limits: { ...limits, onError },
      });
      return await end(found, { result, ifCancelled: cancelled });
    },

    cancelRequested({ name, method: key, owner, external }) {
      const method = methods.get(key);
      if (!external || method === undefined || isRunnable(method)) {
        return;
      }
      const principal = owner === "" ? undefined : owner;
      // What it throws, now or later, is not the concern of whoever has cancelled.
      void Promise.resolve()
        .then(() => method.onCancel?.({ name, principal }))
        .catch((error: unknown) => onHandlerError(error, name));
    },
  };
}

interface TypeCheck {
  readonly codec: MessageCodec;
  readonly call: string;
  readonly name: string;
}

function checkType(message: unknown, { codec, call, name }: TypeCheck): void {
  const { schema } = codec;
  if (!isMessage(message, schema)) {
    const given = isMessage(message) ? message.$typeName : typeof message;
    throw new TypeError(
      `Expected ${call}() of ${name} to be given a ${schema.typeName}, got ${given}`,
    );
  }
}

function afterTheEnd(
  record: OperationRecord | undefined,
  { result, ifCancelled }: Ending,
): ExternalOutcome {
  const expected = record?.cancelRequested === true ? (ifCancelled ?? result) : result;
  return record?.result !== undefined && isSameResult(record.result, expected) ? "same" : "refused";
}

function isSameResult(a: OperationResult, b: OperationResult): boolean {
  return a.kind === "response"
    ? b.kind === "response" &&
        a.response.typeUrl === b.response.typeUrl &&
        isSameBytes(a.response.value, b.response.value)
    : b.kind === "error" && isSameBytes(a.status, b.status);
}
