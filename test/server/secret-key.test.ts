// SPDX-License-Identifier: Apache-2.0

import { createHmac, hkdfSync } from "node:crypto";
import { expect, test } from "vitest";
import { secretKey } from "../../src/server/secret-key.ts";

const secret = new Uint8Array(32).fill(7);
const data = new Uint8Array([1, 2, 3]);

const sign = async (key: CryptoKey) =>
  Buffer.from(await crypto.subtle.sign("HMAC", key, data)).toString("hex");

test("a key is derived by HKDF, for its purpose", async () => {
  const key = await secretKey(async () => secret, "operation-name")();
  const derived = hkdfSync("sha256", secret, "", "longrunning operation-name", 32);
  const mac = createHmac("sha256", new Uint8Array(derived)).update(data).digest("hex");
  expect(await sign(key)).toBe(mac);
  expect(await sign(await secretKey(async () => secret, "page-token")())).not.toBe(mac);
});

test("the secret is read once, and again after it could not be read", async () => {
  let reads = 0;
  const key = secretKey(async () => {
    reads++;
    if (reads === 1) {
      throw new Error("The store is away");
    }
    return secret;
  }, "page-token");
  await expect(key()).rejects.toThrow("The store is away");
  const keys = await Promise.all([key(), key()]);
  expect(keys[0]).toBe(keys[1]);
  expect(reads).toBe(2);
});
