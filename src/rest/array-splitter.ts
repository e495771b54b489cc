// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";

/** Splits the text of a JSON array, as it comes, into the texts of its elements. */
export interface ArraySplitter {
  /** The elements that end in this piece. @throws ConnectError */
  push(piece: string): string[];
  /** @throws ConnectError if the array has not ended. */
  end(): void;
}

/** Elements may have `maxLength` UTF-16 code units. */
export function createArraySplitter(maxLength: number): ArraySplitter {
  let state: "before" | "within" | "after" = "before";
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** What has come of the current element; joined once, so that long ones cost no more. */
  let parts: string[] = [];
  let length = 0;
  let isFirst = true;

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

  function withinString(character: number): void {
    if (escaped) {
      escaped = false;
    } else if (character === backslash) {
      escaped = true;
    } else {
      inString = character !== quote;
    }
  }

  return {
    push(piece) {
      const elements: string[] = [];
      let start = 0;
      for (let index = 0; index < piece.length; index++) {
        const character = piece.charCodeAt(index);
        if (state !== "within") {
          if (isSpace(character)) {
            continue;
          }
          if (state === "after" || character !== opening) {
            throw malformed();
          }
          state = "within";
          start = index + 1;
        } else if (inString) {
          withinString(character);
        } else if (character === quote) {
          inString = true;
        } else if (character === opening || character === brace) {
          depth++;
        } else if (depth > 0) {
          depth -= character === closing || character === closingBrace ? 1 : 0;
        } else if (character === comma || character === closing) {
          keep(piece.slice(start, index));
          start = index + 1;
          const element = take();
          state = character === closing ? "after" : "within";
          if (element !== "") {
            elements.push(element);
          } else if (character === comma || !isFirst) {
            throw malformed();
          }
          isFirst = false;
        }
      }
      if (state === "within") {
        keep(piece.slice(start));
      }
      return elements;
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

function isSpace(character: number): boolean {
  return character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09;
}

function malformed(): ConnectError {
  return new ConnectError("the response is no JSON array", Code.Internal);
}
