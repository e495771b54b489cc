// SPDX-License-Identifier: Apache-2.0

import type { DescMethod } from "@bufbuild/protobuf";
import {
  type ConnectRouter,
  createConnectRouter,
  createHandlerContext,
  type HandlerContext,
  type ServiceImpl,
} from "@connectrpc/connect";
import type { Operations as OperationsApi } from "longrunning/google/longrunning/operations_pb.js";
import type { OperationHandler, Operations } from "longrunning/server";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import type {
  ChecksumTreeMetadata,
  ChecksumTreeRequest,
  ChecksumTreeResponse,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { request } from "./messages.ts";

/** The handler of the method that the benchmarks call. */
export type ChecksumHandler = OperationHandler<
  ChecksumTreeRequest,
  ChecksumTreeResponse,
  ChecksumTreeMetadata
>;

/**
 * Implements the service, and starts an operation with each call, with no protocol in between. It
 * answers with the operation's name.
 */
export function directStart(
  operations: Operations,
  checksumTree: ChecksumHandler,
): () => Promise<string> {
  const { checksumTree: start } = operations.implement(ChecksumServiceOperations, { checksumTree });
  if (start === undefined) {
    throw new Error("checksumTree is not implemented");
  }
  const context = handlerContext(ChecksumServiceOperations.method.checksumTree);
  return async () => (await start(request, context)).name ?? "";
}

/** The implementation of `google.longrunning.Operations`, with no protocol in between. */
export function directOperations(operations: Operations): ServiceImpl<typeof OperationsApi> {
  let implementation: unknown;
  const router: ConnectRouter = {
    ...createConnectRouter(),
    service(_service, registered) {
      implementation = registered;
      return router;
    },
  };
  operations.routes(router);
  return implementation as ServiceImpl<typeof OperationsApi>;
}

/** A context as a call over HTTP would bring it. */
export function handlerContext(method: DescMethod): HandlerContext {
  return createHandlerContext({
    service: method.parent,
    method,
    protocolName: "connect",
    requestMethod: "POST",
    url: `http://127.0.0.1/${method.parent.typeName}/${method.name}`,
  });
}
