// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { OperationContext } from "../handlers.ts";
import { lazyPromise } from "../lazy-promise.ts";
import type { RunnableMethod } from "../method.ts";
import type { OperationClaim } from "../store.ts";
import { type Progress, reportProgress } from "./progress.ts";

/** What a handler and its attempt share. */
export interface HandlerControl {
  readonly claim: OperationClaim;
  readonly method: RunnableMethod;
  readonly progress: Progress;
  /** Why the handler is to stop; undefined while it is not. */
  stopReason: ConnectError | undefined;
  /** Made once the handler looks at its signal: few do as often as they run, and it is not cheap. */
  controller: AbortController | undefined;
  /** What it still reports is a mistake. */
  handlerSettled: boolean;
  readonly host: { onError(error: unknown, source: "handler", operation: string): void };
}

/** What a handler is given beside the request. */
export function operationContext(control: HandlerControl): OperationContext<Message> {
  const { claim, method } = control;
  return {
    name: claim.name,
    principal: claim.owner === "" ? undefined : claim.owner,
    attempt: claim.attempt,
    get signal() {
      control.controller ??= controllerOf(control);
      return control.controller.signal;
    },
    get metadata() {
      return method.metadata.readPacked(claim.metadata);
    },
    report: (metadata) => {
      // Often called by timers and listeners, where a throw would end the process: anybody could end
      // it by a cancel request. A promise that nobody awaits does no harm.
      if (control.handlerSettled) {
        const error = new Error("report() was called after the handler had settled");
        control.host.onError(error, "handler", claim.name);
        return lazyPromise(() => Promise.reject(error));
      }
      const { stopReason } = control;
      return stopReason === undefined
        ? reportProgress(control.progress, method.metadata.pack(metadata))
        : lazyPromise(() => Promise.reject(stopReason));
    },
  };
}

function controllerOf({ stopReason }: HandlerControl): AbortController {
  const controller = new AbortController();
  if (stopReason !== undefined) {
    controller.abort(stopReason);
  }
  return controller;
}
