// SPDX-License-Identifier: Apache-2.0

import type { NodeRequest, NodeResponse } from "./handler.ts";

// A path, and perhaps a query, of what browsers send unescaped. `//` and `/\` would begin an
// authority when the target is resolved as a URL; a fragment is never sent.
const originForm = /^\/(?![/\\])([!"$->@-[\]-~]*)(?:\?[!"$-~]*)?$/;
const dotSegment = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;
const notInAuthority = /[\s/?#@\\]/;

/**
 * Makes a function that tells what is wrong with the target of a request, in a sentence for the
 * client; undefined if nothing is. A request that passes can be made a URL, and its path means the
 * same before and after.
 */
export function requestGuard(): (request: NodeRequest) => string | undefined {
  // Hardly any server is called by more than one name, and to parse it is most of the work.
  let soundAuthority: string | undefined;

  return (request) => {
    const path = originForm.exec(request.url ?? "")?.[1];
    if (path === undefined) {
      return "The request target must be a path that begins with one slash, in visible ASCII.";
    }
    if (dotSegment.test(path)) {
      return "The request target must not have dot segments.";
    }
    const authority = "authority" in request ? request.authority : request.headers.host;
    if (authority === undefined || authority === "") {
      return "The request must name its host.";
    }
    if (authority !== soundAuthority) {
      if (notInAuthority.test(authority) || !URL.canParse(`http://${authority}`)) {
        return "The host of the request is malformed.";
      }
      soundAuthority = authority;
    }
    return undefined;
  };
}

/** Answers a request that its guard did not let pass. */
export function refuse(response: NodeResponse, problem: string): void {
  answerText(response, 400, problem);
}

/** Answers with one line of text. */
export function answerText(response: NodeResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
}
