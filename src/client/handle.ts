// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import { type OperationOutcome, outcomeOf } from "../operation.ts";
import type { OperationTypes } from "../operation-service.ts";
import { isUnread } from "../unread-any.ts";
import { type CallTarget, callAgain, type OperationsServer } from "./calls.ts";
import type { OperationHandle } from "./operation-handle.ts";
import { Poller } from "./poller.ts";
import { listen } from "./progress.ts";
import { responseOf } from "./response.ts";
import { type WaitOptions, Watch } from "./watch.ts";

interface HandleInit<Response extends DescMessage, Metadata extends DescMessage> {
  readonly target: CallTarget & { readonly types: OperationTypes<Response, Metadata> };
  /** What is known of the operation, if anything is. */
  readonly latest: Operation | undefined;
}

/** The only kind of handle. A class for the same reason as `Poller`. */
export class Handle<Response extends DescMessage, Metadata extends DescMessage>
  implements OperationHandle<MessageShape<Response>, MessageShape<Metadata>>
{
  readonly name: string;
  readonly #types: OperationTypes<Response, Metadata>;
  readonly #poller: Poller<Metadata>;
  #settled: Promise<MessageShape<Response>> | undefined;

  constructor(server: OperationsServer, init: HandleInit<Response, Metadata>) {
    const { target, latest } = init;
    this.name = target.name;
    this.#types = target.types;
    this.#poller = new Poller(server, target);
    // A transport for JSON that listed it did not know its types: what is missing is asked for again.
    if (latest && ![latest.metadata, latest.result.value].some(isUnread)) {
      this.#poller.accept(latest);
    }
  }

  get latest(): Operation | undefined {
    return this.#poller.latest;
  }

  get done(): boolean {
    return this.#poller.ended !== undefined;
  }

  get metadata(): MessageShape<Metadata> | undefined {
    return this.#poller.metadata;
  }

  async result(options: WaitOptions = {}): Promise<MessageShape<Response>> {
    const poller = this.#poller;
    const watch = new Watch(poller, options, false);
    try {
      const ended = await watch.until(() => poller.ended);
      // One response, or one error, for all who ask.
      this.#settled ??= responseOf(ended, this.#types);
      return await this.#settled;
    } finally {
      watch.close();
    }
  }

  progress(options: WaitOptions = {}): AsyncIterable<MessageShape<Metadata>, undefined, undefined> {
    return { [Symbol.asyncIterator]: () => listen(this.#poller, options) };
  }

  async poll(
    options?: CallOptions,
  ): Promise<OperationOutcome<MessageShape<Response>, MessageShape<Metadata>>> {
    const { name } = this;
    const known =
      this.#poller.ended ??
      this.#poller.accept(
        await this.#call(options, (given) => this.#server.calls.getOperation({ name }, given)),
      );
    return outcomeOf(known, this.#types);
  }

  async cancel(options?: CallOptions): Promise<void> {
    const { name } = this;
    await this.#call(options, (given) => this.#server.calls.cancelOperation({ name }, given));
    this.#poller.hurry();
  }

  async delete(options?: CallOptions): Promise<void> {
    const { name } = this;
    await this.#call(options, async (given, lastError) => {
      try {
        await this.#server.calls.deleteOperation({ name }, given);
      } catch (error) {
        // An earlier attempt may have arrived, and only its answer been lost.
        if (lastError === undefined || ConnectError.from(error).code !== Code.NotFound) {
          throw error;
        }
      }
    });
  }

  get #server(): OperationsServer {
    return this.#poller.server;
  }

  #call<Answer>(
    options: CallOptions | undefined,
    call: (options: CallOptions, lastError?: ConnectError) => Promise<Answer>,
  ): Promise<Answer> {
    return callAgain(this.#server, { target: this.#poller.target, options, call });
  }
}
