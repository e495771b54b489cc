// SPDX-License-Identifier: Apache-2.0

import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import type { Clock } from "../clock.ts";
import type { ListPosition } from "./store.ts";

/** Makes and reads the page tokens of lists. */
export interface PageTokens {
  /** A token that goes on from `position`, for requests with these arguments. */
  write(position: ListPosition, args: string): Promise<string>;
  /** Where to go on; undefined if the token is not ours, too old, or was made for other arguments. */
  read(token: string, args: string): Promise<ListPosition | undefined>;
}

const lifetimeMs = 3 * 24 * 60 * 60 * 1000;
const maxTokenLength = 4096;
const macBytes = 32;

/**
 * Tokens that carry an HMAC over the position, the arguments and the time: no state is kept for
 * them, nobody can make one up, and they grant nothing.
 *
 * @see AIP-158
 */
export function pageTokens(secret: () => Promise<Uint8Array>, clock: Clock): PageTokens {
  let importing: Promise<CryptoKey> | undefined;

  async function key(): Promise<CryptoKey> {
    importing ??= secret().then((bytes) =>
      crypto.subtle.importKey("raw", bytes.slice(), { name: "HMAC", hash: "SHA-256" }, false, [
        "sign",
        "verify",
      ]),
    );
    try {
      return await importing;
    } catch (error) {
      importing = undefined;
      throw error;
    }
  }

  // The arguments are not in the token, but its MAC is over them too.
  function signed(payload: Uint8Array, args: string): Uint8Array<ArrayBuffer> {
    return Uint8Array.from([...payload, 0, ...new TextEncoder().encode(args)]);
  }

  return {
    async write({ createTimeUs, name }, args) {
      const payload = encode([clock.now() + lifetimeMs, createTimeUs, name]);
      const mac = await crypto.subtle.sign("HMAC", await key(), signed(payload, args));
      return base64Encode(Uint8Array.from([...new Uint8Array(mac), ...payload]), "url");
    },
    async read(token, args) {
      if (token.length > maxTokenLength) {
        return undefined;
      }
      let bytes: Uint8Array<ArrayBuffer>;
      try {
        bytes = base64Decode(token) as Uint8Array<ArrayBuffer>;
      } catch {
        return undefined;
      }
      const payload = bytes.subarray(macBytes);
      const mac = bytes.subarray(0, macBytes);
      if (!(await crypto.subtle.verify("HMAC", await key(), mac, signed(payload, args)))) {
        return undefined;
      }
      const [expiresMs, createTimeUs, name] = decode(payload);
      return expiresMs > clock.now() ? { createTimeUs, name } : undefined;
    },
  };
}

type Payload = readonly [expiresMs: number, createTimeUs: number, name: string];

function encode(payload: Payload): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(payload));
}

// Only ever called on what `encode` has made: the MAC was verified.
function decode(bytes: Uint8Array): Payload {
  return JSON.parse(new TextDecoder().decode(bytes)) as Payload;
}
