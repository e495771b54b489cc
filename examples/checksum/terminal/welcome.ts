// SPDX-License-Identifier: Apache-2.0

import type { AddressInfo } from "node:net";
import type { Environment } from "../environment.ts";
import { defaultServer } from "./arguments.ts";
import { shellWord } from "./shell-word.ts";

/** Where a server that listens on TCP is to be reached from this machine. */
export function addressUrl(listening: AddressInfo | string | null): string {
  if (listening === null || typeof listening === "string") {
    throw new TypeError("Expected a server that listens on a port");
  }
  const { address, family, port } = listening;
  const everywhere = address === "0.0.0.0" || address === "::";
  const host = everywhere ? "localhost" : family === "IPv6" ? `[${address}]` : address;
  return `http://${host}:${port}`;
}

/** What a server prints when it has started: where it is, and commands to paste into a shell. */
export function welcome(url: string, { root, database, warning }: Environment): string {
  const post = "curl -sS -H 'content-type: application/json'";
  const server = url === defaultServer ? "" : ` --server ${url}`;
  return `serving    ${root}
at         ${url}
operations ${database}${warning === undefined ? "" : `\nwarning    ${warning}`}

Digest a directory, in another shell (Ctrl-C cancels):

  npm run checksum -- ${shellWord(root)}${server}

The same by hand:

  name=$(${post} -d '{"root": "."}' ${url}/v1/trees:checksum | grep -o 'operations/[a-z0-9]*')
  curl -sS "${url}/v1/\${name}"
  ${post} -d '{"timeout": "10s"}' "${url}/v1/\${name}:wait"
  curl -sS -X POST "${url}/v1/\${name}:cancel"
`;
}
