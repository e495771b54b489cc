// SPDX-License-Identifier: Apache-2.0

import type { connectNodeAdapter } from "@connectrpc/connect-node";

/** A handler of requests for `node:http`, `node:https` and `node:http2`. */
export type NodeHandler = ReturnType<typeof connectNodeAdapter>;

/** A request of HTTP/1.1 or HTTP/2. */
export type NodeRequest = Parameters<NodeHandler>[0];

/** A response of HTTP/1.1 or HTTP/2. */
export type NodeResponse = Parameters<NodeHandler>[1];
