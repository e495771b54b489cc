// SPDX-License-Identifier: Apache-2.0

import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import type { Clock } from "../../clock.ts";
import { secretKey } from "../secret-key.ts";
import type { ListPosition } from "../store.ts";

/** Makes and reads the page tokens of lists. */
export interface PageTokens {
  /** A token that goes on from `position`, for requests with these arguments. */
  write(position: ListPosition, args: PageTokenArgs): Promise<string>;
  /** Where to go on; undefined if the token is not ours, too old, or was made for other arguments. */
  read(token: string, args: PageTokenArgs): Promise<ListPosition | undefined>;
}

/** What must be the same for each page of a list. */
export interface PageTokenArgs {
  readonly caller: string;
  readonly parent: string;
  readonly filter: string;
}

const lifetimeMs = 3 * 24 * 60 * 60 * 1000;
// A position with the longest name, in UTF-8, in base64, is shorter.
const maxTokenLength = 4500;
const ivBytes = 12;

/**
 * Tokens that carry a position and the time, encrypted and authenticated, the arguments with them:
 * nothing is kept for them, nobody can read them or make one up, and they grant nothing.
 *
 * @see AIP-158
 */
export function pageTokens(secret: () => Promise<Uint8Array>, clock: Clock): PageTokens {
  const baseKey = secretKey(secret, "page-token");
  let cipher: CryptoKey | undefined;

  async function key(): Promise<CryptoKey> {
    cipher ??= await cipherKey(await baseKey());
    return cipher;
  }

  return {
    async write({ createTimeUs, name }, args) {
      const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
      const payload = encode(`${clock.now() + lifetimeMs} ${createTimeUs} ${name}`);
      const sealed = await crypto.subtle.encrypt(algorithm(iv, args), await key(), payload);
      return base64Encode(Uint8Array.from([...iv, ...new Uint8Array(sealed)]), "url");
    },
    async read(token, args) {
      if (token.length > maxTokenLength) {
        return undefined;
      }
      let payload: ArrayBuffer;
      const cipherKey = await key();
      try {
        const bytes = base64Decode(token) as Uint8Array<ArrayBuffer>;
        const [iv, sealed] = [bytes.subarray(0, ivBytes), bytes.subarray(ivBytes)];
        payload = await crypto.subtle.decrypt(algorithm(iv, args), cipherKey, sealed);
      } catch {
        return undefined;
      }
      // Authenticated, and so just as it was written.
      const [, expiresMs, createTimeUs, name = ""] =
        /^(\S+) (\S+) (.*)$/s.exec(new TextDecoder().decode(payload)) ?? [];
      return Number(expiresMs) > clock.now()
        ? { createTimeUs: Number(createTimeUs), name }
        : undefined;
    },
  };
}

/** A key for AES-256-GCM, of one for HMAC that is used for nothing else. */
async function cipherKey(base: CryptoKey): Promise<CryptoKey> {
  const bytes = await crypto.subtle.sign("HMAC", base, encode("AES-256-GCM"));
  return await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

// The arguments are not in the token, but it is authenticated with them.
function algorithm(iv: Uint8Array<ArrayBuffer>, args: PageTokenArgs): AesGcmParams {
  const { caller, parent, filter } = args;
  return { name: "AES-GCM", iv, additionalData: encode(JSON.stringify([caller, parent, filter])) };
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}
