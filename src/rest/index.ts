// SPDX-License-Identifier: Apache-2.0

export { createRestHandler, type RestHandlerOptions } from "./handler.ts";
export type { RuleOptions } from "./rules.ts";
export type { OmittedFromAnswer } from "./server-call.ts";
export { createRestTransport } from "./transport.ts";
export type { RestTransportOptions } from "./transport-options.ts";
