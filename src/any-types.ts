// SPDX-License-Identifier: Apache-2.0

import { type ContextKey, createContextKey } from "@connectrpc/connect";
import type { OperationTypes } from "./operation-service.ts";

/**
 * What each `google.protobuf.Any` in the answer to a call may hold. Whoever calls knows that, and a
 * transport for JSON has to.
 */
export const anyTypesKey: ContextKey<OperationTypes | undefined> = createContextKey<
  OperationTypes | undefined
>(undefined);
