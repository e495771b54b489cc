// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { allowOrigin } from "../../../examples/checksum/cross-origin.ts";
import { nodeAdapter } from "../../../src/node/index.ts";
import { served } from "../../node/served.ts";

async function askFrom(origin: string, allowed: string | undefined): Promise<string | null> {
  await using server = await served(
    allowOrigin(
      allowed,
      nodeAdapter({ routes: () => {}, fallback: (_, response) => response.end() }),
    ),
  );
  const answer = await fetch(server.baseUrl, { headers: { origin } });
  expect(answer.status).toBe(200);
  return answer.headers.get("access-control-allow-origin");
}

test("scripts of the origin that is named may call, and of no other", async () => {
  const ours = "https://app.example";
  expect(await askFrom(ours, ours)).toBe(ours);
  expect(await askFrom("https://evil.example", ours)).not.toBe("https://evil.example");
  expect(await askFrom(ours, undefined)).toBeNull();
});
