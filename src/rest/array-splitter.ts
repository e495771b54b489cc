// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";

/** Splits the text of a JSON array, as it comes, into the texts of its elements. */
export interface ArraySplitter {
  /**
   * The elements that end in this piece, each as soon as it does: what separates it from the next one
   * may come together with that. To be read to its end.
   *
   * @throws ConnectError
   */
  push(piece: string): Iterable<string>;
  /** @throws ConnectError if the array has not ended. */
  end(): void;
}

/** Elements may have `maxLength` UTF-16 code units. */
export function createArraySplitter(maxLength: number): ArraySplitter {
  let state: "before" | "first" | "within" | "between" | "next" | "after" = "before";
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** What has come of the current element; joined once, so that long ones cost no more. */
  let parts: string[] = [];
  let length = 0;

  function keep(part: string): void {
    length += part.length;
    if (length > maxLength) {
      throw new ConnectError(
        `a message of the response is larger than ${maxLength}`,
        Code.ResourceExhausted,
      );
    }
    parts.push(part);
  }

  function take(): string {
    const element = parts.join("").trim();
    parts = [];
    length = 0;
    return element;
  }

  /** Whether the current element ends with a character, or has ended before it. */
  function endAt(character: number): "with" | "before" | undefined {
    if (inString) {
      if (escaped) {
        escaped = false;
      } else if (character === backslash) {
        escaped = true;
      } else {
        inString = character !== quote;
      }
      return inString || depth > 0 ? undefined : "with";
    }
    if (character === quote) {
      inString = true;
    } else if (character === opening || character === brace) {
      depth++;
    } else if (depth === 0) {
      return character === comma || character === closing ? "before" : undefined;
    } else if (character === closing || character === closingBrace) {
      depth--;
      return depth === 0 ? "with" : undefined;
    }
    return undefined;
  }

  return {
    *push(piece) {
      let start = 0;
      for (let index = 0; index < piece.length; index++) {
        const character = piece.charCodeAt(index);
        if ((state === "first" || state === "next") && !isPunctuation(character)) {
          state = "within";
          start = index;
        }
        if (state === "within") {
          const end = endAt(character);
          if (end === undefined) {
            continue;
          }
          keep(piece.slice(start, end === "with" ? index + 1 : index));
          state = "between";
          yield take();
          if (end === "with") {
            continue;
          }
        }
        if (isSpace(character)) {
          continue;
        }
        if (state === "before" && character === opening) {
          state = "first";
        } else if (state === "between" && character === comma) {
          state = "next";
        } else if ((state === "between" || state === "first") && character === closing) {
          state = "after";
        } else {
          throw malformed();
        }
      }
      if (state === "within") {
        keep(piece.slice(start));
      }
    },
    end() {
      if (state !== "after") {
        throw new ConnectError("the response broke off", Code.Unavailable);
      }
    },
  };
}

const quote = 0x22;
const comma = 0x2c;
const opening = 0x5b;
const backslash = 0x5c;
const closing = 0x5d;
const brace = 0x7b;
const closingBrace = 0x7d;

/** What cannot begin an element. */
function isPunctuation(character: number): boolean {
  return character === comma || character === closing || isSpace(character);
}

function isSpace(character: number): boolean {
  return character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09;
}

function malformed(): ConnectError {
  return new ConnectError("the response is no JSON array", Code.Internal);
}
