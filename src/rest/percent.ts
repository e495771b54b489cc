// SPDX-License-Identifier: Apache-2.0

/**
 * Encodes all but `[-_.~0-9a-zA-Z]`, for one segment of a path, or for part of a query: no client of
 * HTTP writes it in another way.
 *
 * @throws URIError if it holds half of a surrogate pair.
 */
export function encodeUnreserved(value: string): string {
  // What encodeURIComponent leaves alone besides.
  return encodeURIComponent(value).replace(/[!'()*]/g, percent);
}

/**
 * Decodes the value of a variable of one segment, once.
 *
 * @throws URIError if it is not percent-encoded UTF-8.
 */
export function decodeSegment(encoded: string): string {
  return encoded.includes("%") ? decodeURIComponent(encoded) : encoded;
}

/**
 * Decodes the value of a variable of several segments, once, and leaves encoded slashes as they are:
 * decoded, they would separate segments.
 *
 * @throws URIError if it is not percent-encoded UTF-8.
 */
export function decodeSegments(encoded: string): string {
  if (!encoded.includes("%")) {
    return encoded;
  }
  return encoded
    .split(/(%2[fF])/)
    .map((part, index) => (index % 2 === 1 ? part : decodeURIComponent(part)))
    .join("");
}

/** Whether a text can be decoded. */
export function isEncoded(text: string): boolean {
  try {
    decodeSegment(text);
    return true;
  } catch {
    return false;
  }
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
