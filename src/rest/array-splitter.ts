// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";

/** Splits the text of a JSON array, as it comes, into the texts of its elements. */
export interface ArraySplitter {
  /**
   * The elements that end in this piece. An object or an array ends with its own bracket: it need not
   * wait for what comes next. To be read to the end; what comes before an error is not lost by it.
   *
   * @throws ConnectError
   */
  push(piece: string): Iterable<string>;
  /** @throws ConnectError if the array has not ended. */
  end(): void;
}

/**
 * Where in the array the text is: before it; before an element, the first or a later one; in one that
 * brackets end, in one that they do not; past one; past the array.
 */
type Place = "before" | "first" | "next" | "composite" | "scalar" | "past" | "after";

/** Elements may have `maxLength` UTF-16 code units. */
export function createArraySplitter(maxLength: number): ArraySplitter {
  let place: Place = "before";
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
    const element = parts.join("");
    parts = [];
    length = 0;
    return element;
  }

  /** Whether the element ends before this character, or with it. */
  function step(character: number): "before" | "with" | undefined {
    if (inString) {
      inString = escaped || character !== quote;
      escaped = !escaped && character === backslash;
    } else if (character === quote) {
      inString = true;
    } else if (character === opening || character === brace) {
      depth++;
    } else if (place === "composite") {
      depth -= character === closing || character === closingBrace ? 1 : 0;
      return depth === 0 ? "with" : undefined;
    } else if (character === comma || character === closing) {
      return "before";
    }
    return undefined;
  }

  /** The place that a character leads to which is not part of an element. */
  function outside(character: number): Place {
    if (isSpace(character)) {
      return place;
    }
    if (place === "before" && character === opening) {
      return "first";
    }
    if ((place === "past" || place === "first") && character === closing) {
      return "after";
    }
    if (place === "past" && character === comma) {
      return "next";
    }
    if ((place === "first" || place === "next") && character !== comma && character !== closing) {
      return character === opening || character === brace ? "composite" : "scalar";
    }
    throw new ConnectError("the response is no JSON array", Code.Internal);
  }

  return {
    *push(piece) {
      let start = 0;
      for (let index = 0; index < piece.length; index++) {
        const character = piece.charCodeAt(index);
        if (place !== "composite" && place !== "scalar") {
          place = outside(character);
          start = index;
          if (place !== "composite" && place !== "scalar") {
            continue;
          }
        }
        const ends = step(character);
        if (ends !== undefined) {
          keep(piece.slice(start, ends === "with" ? index + 1 : index));
          place = ends === "with" ? "past" : character === comma ? "next" : "after";
          yield take();
        }
      }
      if (place === "composite" || place === "scalar") {
        keep(piece.slice(start));
      }
    },
    end() {
      if (place !== "after") {
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

function isSpace(character: number): boolean {
  return character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09;
}
