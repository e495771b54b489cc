// SPDX-License-Identifier: Apache-2.0

import { expect } from "vitest";
import type { AttackedServer } from "./attacked-server.ts";
import { httpClient } from "./clients.ts";
import { protocols } from "./protocols.ts";

/** Checks that a call that means well is answered, in every protocol. */
export async function expectAllAnswered({ port }: AttackedServer): Promise<void> {
  for (const protocol of protocols) {
    const message = protocol.codec === "json" ? Buffer.from("{}") : Buffer.alloc(0);
    const call = protocol.call("echo.v1.EchoService/EchoStruct", protocol.wrap(message));
    for (const version of ["1.1", "2"] as const) {
      await using client = httpClient(version, port);
      const outcome = protocol.outcome(await client.send(call));
      expect({ protocol: protocol.name, version, outcome }).toMatchObject({ outcome: "ok" });
    }
  }
}
