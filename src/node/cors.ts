// SPDX-License-Identifier: Apache-2.0

import { cors as connectCors } from "@connectrpc/connect";

/** What a script of another origin may do, in the words of the options of the package `cors`. */
export interface CorsLists {
  /** `access-control-allow-methods` */
  readonly methods: string[];
  /** `access-control-allow-headers` */
  readonly allowedHeaders: string[];
  /** `access-control-expose-headers` */
  readonly exposedHeaders: string[];
}

/**
 * What scripts of other origins need for REST, Connect and gRPC-Web, to be spread into the options of
 * the package `cors` or the like. Which origins may call is for you to say; so are headers of your
 * own, and `trailer-` headers.
 *
 * ```ts
 * const allow = cors({ origin: "https://app.example", ...corsLists });
 * const handler = nodeAdapter({ routes });
 * createNodeServer((request, response) => allow(request, response, () => handler(request, response)));
 * ```
 */
export const corsLists: CorsLists = {
  methods: [...connectCors.allowedMethods, "PUT", "PATCH", "DELETE", "HEAD"],
  allowedHeaders: [
    ...connectCors.allowedHeaders,
    "Authorization",
    "X-Server-Timeout",
    "X-Goog-Api-Client",
    "X-Goog-Request-Params",
  ],
  exposedHeaders: [...connectCors.exposedHeaders, "Allow"],
};
