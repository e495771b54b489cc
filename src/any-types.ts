// SPDX-License-Identifier: Apache-2.0

import type { DescMessage } from "@bufbuild/protobuf";
import { type ContextKey, createContextKey } from "@connectrpc/connect";

/**
 * What each `google.protobuf.Any` in the answer to a call may hold. Whoever calls knows that, and a
 * transport for JSON has to.
 */
export const anyTypesKey: ContextKey<readonly DescMessage[]> = createContextKey<
  readonly DescMessage[]
>([]);
