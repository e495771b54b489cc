// SPDX-License-Identifier: Apache-2.0

/** What a key is for. */
export type KeyPurpose = "page-token" | "operation-name";

/**
 * The HMAC-SHA-256 key for one purpose, derived from the secret that all replicas share: who learns
 * one key learns nothing of another. It is derived once, or again after the secret could not be read.
 *
 * @see RFC 5869
 */
export function secretKey(
  secret: () => Promise<Uint8Array>,
  purpose: KeyPurpose,
): () => Promise<CryptoKey> {
  let deriving: Promise<CryptoKey> | undefined;
  return async () => {
    deriving ??= secret().then((bytes) => derive(bytes, purpose));
    try {
      return await deriving;
    } catch (error) {
      deriving = undefined;
      throw error;
    }
  };
}

async function derive(secret: Uint8Array, purpose: KeyPurpose): Promise<CryptoKey> {
  const from = await crypto.subtle.importKey("raw", secret.slice(), "HKDF", false, ["deriveKey"]);
  return await crypto.subtle.deriveKey(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(),
      info: new TextEncoder().encode(`longrunning ${purpose}`),
    },
    from,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign", "verify"],
  );
}
