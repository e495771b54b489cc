// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { OperationContext } from "./handlers.ts";
import { lazyPromise } from "./lazy-promise.ts";
import type { RunnableMethod } from "./method.ts";
import type { Progress } from "./progress.ts";
import type { OperationClaim } from "./store.ts";

/** What a handler is given beside the request, and the way to stop it. */
export interface HandlerControl {
  readonly context: OperationContext<Message>;
  /** Why the handler is to stop; undefined while it is not. */
  readonly stopReason: ConnectError | undefined;
  /** Aborts its signal; only the first reason counts. */
  stop(reason: ConnectError): void;
  /** The handler has settled: what it still reports is a mistake. */
  settle(): void;
}

interface HandlerControlOptions {
  readonly claim: OperationClaim;
  readonly method: RunnableMethod;
  readonly progress: Progress;
  /** Is told of a mistake in the handler that it may not notice. */
  onMistake(error: unknown): void;
}

export function handlerControl(options: HandlerControlOptions): HandlerControl {
  const { claim, method, progress, onMistake } = options;
  let stopReason: ConnectError | undefined;
  let controller: AbortController | undefined;
  let settled = false;

  const context: OperationContext<Message> = {
    name: claim.name,
    principal: claim.owner === "" ? undefined : claim.owner,
    attempt: claim.attempt,
    // Few handlers look at their signal as often as they run, and it is not cheap.
    get signal() {
      if (controller === undefined) {
        controller = new AbortController();
        if (stopReason !== undefined) {
          controller.abort(stopReason);
        }
      }
      return controller.signal;
    },
    get metadata() {
      return method.metadata.readPacked(claim.metadata);
    },
    // Often called by timers and listeners, where a throw would end the process: anybody could end
    // it by a cancel request. A promise that nobody awaits does no harm.
    report(metadata) {
      if (settled) {
        const error = new Error("report() was called after the handler had settled");
        onMistake(error);
        return lazyPromise(() => Promise.reject(error));
      }
      if (stopReason !== undefined) {
        const reason = stopReason;
        return lazyPromise(() => Promise.reject(reason));
      }
      return progress.report(method.metadata.pack(metadata));
    },
  };

  return {
    context,
    get stopReason() {
      return stopReason;
    },
    stop(reason) {
      if (stopReason === undefined) {
        stopReason = reason;
        progress.close(reason);
        controller?.abort(reason);
      }
    },
    settle() {
      settled = true;
    },
  };
}
