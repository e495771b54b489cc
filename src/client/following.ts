// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { type Any, EmptySchema } from "@bufbuild/protobuf/wkt";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import { readAny } from "../any.ts";
import { type OperationOutcome, outcomeOf } from "../operation.ts";
import type { OperationTypes } from "../operation-service.ts";
import { unusableResult } from "../unusable-result.ts";
import type { OperationsServer, OperationTarget } from "./operations-server.ts";
import { createPoller, type Poller } from "./poller.ts";
import { listenTo } from "./progress.ts";
import { checkWaitOptions, openWaiting, type WaitOptions } from "./waiting.ts";

/** An operation that is followed: what is known of it, as its method's types. */
export interface Following<Response extends DescMessage, Metadata extends DescMessage> {
  readonly poller: Poller;
  /** The last that was of the declared type, as it was packed too. */
  readonly progress: Progress<MessageShape<Metadata>> | undefined;
  result(options: WaitOptions | undefined): Promise<MessageShape<Response>>;
  listen(
    options: WaitOptions | undefined,
  ): AsyncIterable<MessageShape<Metadata>, undefined, undefined>;
}

interface Progress<Metadata> {
  readonly packed: Any;
  readonly message: Metadata;
}

/** An operation, and how to ask for it. */
export interface FollowingInit<Response extends DescMessage, Metadata extends DescMessage> {
  readonly server: OperationsServer;
  readonly target: OperationTarget;
  readonly types: OperationTypes<Response, Metadata>;
  /** What is known of it, if anything is. */
  readonly latest: Operation | undefined;
}

export function followOperation<Response extends DescMessage, Metadata extends DescMessage>(
  init: FollowingInit<Response, Metadata>,
): Following<Response, Metadata> {
  const { server, target, types, latest } = init;
  let progress = latest && progressOf(latest, types.metadata);
  let ended: OperationOutcome<MessageShape<Response>, MessageShape<Metadata>> | undefined;
  const poller = createPoller({
    server,
    target,
    latest,
    onState(operation) {
      // A server that leaves it out for once takes nothing back.
      progress = progressOf(operation, types.metadata) ?? progress;
    },
  });

  function open(
    watcher: { readonly listens: boolean; onState(): void; onEnd(reason: unknown): void },
    options: WaitOptions,
  ): () => void {
    return openWaiting({ poller, clock: server.clock, name: target.name, options, ...watcher });
  }

  return {
    poller,

    get progress() {
      return progress;
    },

    result(options = {}) {
      return new Promise((resolve, reject) => {
        checkWaitOptions(options);
        options.signal?.throwIfAborted();
        function settle(): boolean {
          if (poller.latest?.done !== true) {
            return false;
          }
          try {
            ended ??= outcomeOf(poller.latest, types);
            resolve(responseOf(ended, { operation: poller.latest, types }));
          } catch (error) {
            reject(error);
          }
          return true;
        }
        if (!settle()) {
          const close = open(
            {
              listens: false,
              onState() {
                if (settle()) {
                  close();
                }
              },
              onEnd: reject,
            },
            options,
          );
        }
      });
    },

    listen(options = {}) {
      checkWaitOptions(options);
      return {
        [Symbol.asyncIterator]: () =>
          listenTo({
            current: () => progress,
            isDone: () => poller.latest?.done === true,
            open(listener) {
              options.signal?.throwIfAborted();
              return open({ listens: true, ...listener }, options);
            },
          }),
      };
    },
  };
}

function progressOf<Metadata extends DescMessage>(
  { metadata }: Operation,
  schema: Metadata,
): Progress<MessageShape<Metadata>> | undefined {
  const reading = readAny(metadata, schema);
  return metadata !== undefined && reading.kind === "message"
    ? { packed: metadata, message: reading.message }
    : undefined;
}

/** @throws OperationError if it ended with anything else. */
function responseOf<Response extends DescMessage, Metadata extends DescMessage>(
  outcome: OperationOutcome<MessageShape<Response>, MessageShape<Metadata>>,
  {
    operation,
    types,
  }: { readonly operation: Operation; readonly types: OperationTypes<Response, Metadata> },
): MessageShape<Response> {
  const { response } = types;
  switch (outcome.kind) {
    case "succeeded":
      return outcome.response;
    case "failed":
    case "cancelled":
      throw outcome.error;
    default:
      if (response.typeName === EmptySchema.typeName) {
        return create(response);
      }
      throw unusableResult(operation, { reason: "RESULT_MISSING", expected: response.typeName });
  }
}
