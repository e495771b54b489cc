// SPDX-License-Identifier: Apache-2.0

import cors from "cors";
import { corsLists, type NodeHandler } from "longrunning/node";

/** Lets scripts of one other origin call; of none, if it is undefined. */
export function allowOrigin(origin: string | undefined, handler: NodeHandler): NodeHandler {
  const allow = cors({ ...corsLists, origin: origin ?? false });
  return (request, response) => allow(request, response, () => handler(request, response));
}
