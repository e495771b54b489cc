// SPDX-License-Identifier: Apache-2.0

export { type NodeAdapterOptions, nodeAdapter } from "./adapter.ts";
export type { NodeAdapterEvent } from "./adapter-event.ts";
export type { NodeHandler, NodeRequest, NodeResponse } from "./handler.ts";
export { createNodeServer, type NodeServer, type NodeServerOptions } from "./server.ts";
export type { OmittedAny } from "./unwritable-any.ts";
