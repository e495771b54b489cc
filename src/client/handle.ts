// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import { outcomeOf } from "../operation.ts";
import { type FollowingInit, followOperation } from "./following.ts";
import type { OperationHandle } from "./operation-handle.ts";
import { callAbout, type OperationsClient, type OperationsServer } from "./operations-server.ts";

interface HandleInit<Response extends DescMessage, Metadata extends DescMessage>
  extends FollowingInit<Response, Metadata> {
  readonly server: OperationsServer<OperationsClient>;
}

export function createHandle<Response extends DescMessage, Metadata extends DescMessage>(
  init: HandleInit<Response, Metadata>,
): OperationHandle<MessageShape<Response>, MessageShape<Metadata>> {
  const { server, target, types } = init;
  const { name } = target;
  const { calls } = server;
  const following = followOperation(init);
  const { poller } = following;

  function ask<Answer>(
    options: CallOptions | undefined,
    call: (options: CallOptions, attempt: number) => Promise<Answer>,
  ): Promise<Answer> {
    return callAbout(server, { target, call, options });
  }

  return {
    name,
    get latest() {
      return poller.latest;
    },
    get done() {
      return poller.latest?.done === true;
    },
    get metadata() {
      return following.progress?.message;
    },
    result: following.result,
    progress: following.listen,

    async poll(options) {
      const { latest } = poller;
      if (latest?.done === true) {
        return outcomeOf(latest, types);
      }
      const operation = await ask(options, (given) => calls.getOperation({ name }, given));
      poller.accept(operation);
      return outcomeOf(poller.latest ?? operation, types);
    },

    async cancel(options) {
      await ask(options, (given) => calls.cancelOperation({ name }, given));
      poller.hurry();
    },

    async delete(options) {
      await ask(options, async (given, attempt) => {
        try {
          await calls.deleteOperation({ name }, given);
        } catch (error) {
          // The earlier attempt may have arrived, and its answer have been lost.
          if (attempt === 1 || ConnectError.from(error).code !== Code.NotFound) {
            throw error;
          }
        }
      });
    },
  };
}
