// SPDX-License-Identifier: Apache-2.0

import { create, type Message, type Registry } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, type HandlerContext } from "@connectrpc/connect";
import type { Operation } from "../../../gen/google/longrunning/operations_pb.ts";
import { succeeded } from "../../operation.ts";
import type { ToOperation } from "../api/operation-message.ts";
import type { OperationEvent } from "../events.ts";
import type { ExternalMethod, RunnableMethod } from "../method.ts";
import { newOperationId, operationName } from "../names.ts";
import type { EarlierRequest, NewOperation, OperationRecord, OperationStore } from "../store.ts";
import type { Admission, AdmittedCall } from "./admission.ts";
import type { Inserter } from "./inserter.ts";
import { derivedIds, exclusiveKeyOf, requestKeyOf } from "./operation-keys.ts";
import { isSameRequest } from "./same-request.ts";
import {
  operationExcluded,
  operationGone,
  requestIdReused,
  startFailed,
  validateOnlyUnsupported,
} from "./start-errors.ts";
import { callStart, type Started } from "./start-hook.ts";
import type { StartRules } from "./start-rules.ts";
import { isValidateOnly } from "./validate-only.ts";

interface StarterOptions {
  readonly store: OperationStore;
  readonly admit: Admission;
  readonly insert: Inserter;
  readonly maxOperationBytes: number;
  /** What messages in requests are compared by. */
  readonly registry: Registry;
  readonly toOperation: ToOperation;
  onEvent(event: OperationEvent): void;
  /** Is told of what a method's own code throws and callers are not told of. */
  onHandlerError(error: unknown): void;
}

/** Makes the implementation of a method: it stores an operation, and answers with it. */
export type Starter = (
  method: RunnableMethod | ExternalMethod,
  rules: StartRules,
) => (request: Message, context: HandlerContext) => Promise<Operation>;

// A request id is known for a day at least, however soon its operation expires.
const leastRememberMs = 24 * 60 * 60 * 1000;

/** A starter that asks and tells in such an order that no caller learns of what is another's. */
export function createStarter(options: StarterOptions): Starter {
  const { store, admit, insert, maxOperationBytes, registry } = options;
  const { toOperation, onEvent, onHandlerError } = options;
  const derivedId = derivedIds(() => store.secret());

  return (method, rules) => {
    const { key: methodKey, domain } = method;
    const { requestId, validateOnly: validateOnlyField } = rules;
    const except = [requestId?.field, validateOnlyField].filter((field) => field !== undefined);
    const rememberMs = Math.max(method.retentionMs, leastRememberMs);

    // Calls the method's own code, before there is an operation that could tell of its failure.
    async function ask<T>(code: () => T | Promise<T>): Promise<T> {
      try {
        return await code();
      } catch (error) {
        if (error instanceof ConnectError) {
          throw error;
        }
        onHandlerError(error);
        throw startFailed(domain);
      }
    }

    async function start(call: AdmittedCall): Promise<Operation> {
      const { request, owner, parent } = call;
      const validateOnly = isValidateOnly(request, validateOnlyField);
      if (validateOnly && rules.validates !== true) {
        throw validateOnlyUnsupported(domain);
      }
      const packed = method.request.pack(request).value;
      const id = requestId === undefined ? "" : await ask(() => requestId.idOf(request));
      const identity = { owner, method: methodKey, id };
      const key = id === "" ? undefined : requestKeyOf(identity);
      const earlier = key === undefined ? undefined : await store.earlier(key);
      if (earlier !== undefined) {
        const record = recordOf(earlier, packed);
        return validateOnly ? await validated({}) : toOperation(record);
      }
      const newId = id === "" ? newOperationId() : await derivedId(identity);
      const name = operationName(parent, newId);
      const started = rules.start === undefined ? {} : await askStart(call, { name, validateOnly });
      const { exclusive, metadata } = started;
      const exclusiveKey =
        exclusive === undefined ? undefined : exclusiveKeyOf({ owner, parent, key: exclusive });
      if (validateOnly) {
        if (exclusiveKey !== undefined && (await store.isTaken(exclusiveKey))) {
          throw operationExcluded(domain);
        }
        return await validated(started);
      }
      const operation: NewOperation = {
        name,
        method: methodKey,
        owner,
        request: packed,
        metadata,
        maxLosses: method.maxLosses,
        cancelGraceMs: method.cancelGraceMs,
        retentionMs: method.retentionMs,
        requestKey: key === undefined ? undefined : { key, rememberMs },
        exclusiveKey,
      };
      return toOperation(await put(operation, started));
    }

    async function askStart(
      { request, owner, context }: AdmittedCall,
      init: { readonly name: string; readonly validateOnly: boolean },
    ): Promise<Started> {
      const principal = owner === "" ? undefined : owner;
      return await ask(() =>
        callStart(method, {
          start: rules.start,
          request,
          context: { ...init, principal, context },
          maxOperationBytes,
        }),
      );
    }

    // One write decides between requests that race for a key.
    async function put(operation: NewOperation, { result }: Started): Promise<OperationRecord> {
      const insertion = await insert(operation, { method, result });
      switch (insertion.kind) {
        case "inserted": {
          const about = { name: operation.name, method: methodKey };
          onEvent({ kind: "started", ...about });
          if (result !== undefined) {
            onEvent({ kind: "ended", ...about, code: undefined, elapsedMs: 0, cutOff: false });
          }
          return insertion.record;
        }
        case "excluded":
          throw operationExcluded(domain);
        default:
          return recordOf(insertion, operation.request);
      }
    }

    function recordOf(earlier: EarlierRequest, request: Uint8Array): OperationRecord {
      if (earlier.kind === "gone") {
        throw operationGone(domain);
      }
      if (!isSameRequest(earlier.request, request, { codec: method.request, except, registry })) {
        throw requestIdReused(requestId?.fieldName ?? "request_id", domain);
      }
      return earlier.record;
    }

    async function validated({ result }: Started): Promise<Operation> {
      const response =
        result?.kind === "response" ? result.response : await ask(() => method.response.pack({}));
      return succeeded({ name: "", response: create(AnySchema, response) });
    }

    const { parent } = rules;
    const parentOf =
      parent === undefined
        ? undefined
        : (request: Message) => ask(() => checkedParent(parent(request)));
    return (request, context) =>
      admit({ request, context, method: methodKey, domain, parentOf }, start);
  };
}

function checkedParent(parent: unknown): string {
  if (typeof parent !== "string") {
    throw new TypeError(`Expected \`parent\` to return a string, got ${typeof parent}`);
  }
  return parent;
}
