// SPDX-License-Identifier: Apache-2.0

import type { AddressInfo } from "node:net";

interface Listener {
  listen(port: number, host: string, onListening: () => void): unknown;
  address(): AddressInfo | string | null;
}

/** Listens on a free port of the loopback interface, and answers with the port. */
export async function listen(server: Listener): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}
