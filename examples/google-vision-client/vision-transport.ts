// SPDX-License-Identifier: Apache-2.0

import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { createRestTransport } from "longrunning/rest";

/** Whom calls are made for, and who pays for them. */
export interface Credentials {
  /**
   * An access token for `https://www.googleapis.com/auth/cloud-platform`. It dies within the hour, so
   * a program that lives longer asks for it before each call; google-auth-library keeps one fresh:
   * `const auth = new GoogleAuth({ scopes }); … await auth.getAccessToken()`.
   */
  readonly accessToken: string;
  /** The project whose quota is used. Default: that of the service account. */
  readonly project: string | undefined;
}

/** gRPC to the Vision API, or to something that stands in for it and asks for no token. */
export function visionGrpcTransport(
  baseUrl: string,
  credentials: Credentials | undefined,
): Transport {
  return createGrpcTransport({ baseUrl, interceptors: authorizing(credentials) });
}

/** REST to the same: for browsers, and where nothing but HTTP/1.1 gets through. */
export function visionRestTransport(
  baseUrl: string,
  credentials: Credentials | undefined,
): Transport {
  return createRestTransport({
    baseUrl,
    interceptors: authorizing(credentials),
    // As Vision's service config binds it; there is no WaitOperation.
    rules: [
      {
        selector: "google.longrunning.Operations.GetOperation",
        pattern: { case: "get", value: "/v1/{name=projects/*/operations/*}" },
        additionalBindings: [
          { pattern: { case: "get", value: "/v1/{name=projects/*/locations/*/operations/*}" } },
          { pattern: { case: "get", value: "/v1/{name=operations/*}" } },
        ],
      },
    ],
    wait: false,
  });
}

function authorizing(credentials: Credentials | undefined): Interceptor[] {
  return credentials === undefined ? [] : [authorized(credentials)];
}

function authorized({ accessToken, project }: Credentials): Interceptor {
  return (next) => (call) => {
    call.header.set("authorization", `Bearer ${accessToken}`);
    if (project !== undefined) {
      call.header.set("x-goog-user-project", project);
    }
    return next(call);
  };
}
