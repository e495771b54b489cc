// SPDX-License-Identifier: Apache-2.0

export { type NodeAdapterOptions, nodeAdapter, type RestOptions } from "./adapter.ts";
export type { NodeAdapterEvent } from "./adapter-event.ts";
export { type CorsLists, corsLists } from "./cors.ts";
export type { NodeHandler, NodeRequest, NodeResponse } from "./handler.ts";
export {
  type NodeRestAdapterOptions,
  type NodeRestHandler,
  nodeRestAdapter,
} from "./rest-adapter.ts";
export { createNodeServer, type NodeServer, type NodeServerOptions } from "./server.ts";
export type { OmittedAny } from "./unwritable-any.ts";
