// SPDX-License-Identifier: Apache-2.0

/** A filter that cannot be parsed, or asks for what there is not. An RPC answers INVALID_ARGUMENT. */
export class FilterError extends Error {
  override readonly name = "FilterError";
  /** Where the fault begins: an offset into the filter, in UTF-16 code units, from 0. */
  readonly position: number;
  /** The same place for people: counted in characters, from 1. */
  readonly column: number;

  /** `problem` says what is wrong there; the message names the column before it. */
  constructor(problem: string, text: string, position: number) {
    const column = [...text.slice(0, position)].length + 1;
    super(`column ${column}: ${problem}`);
    this.position = position;
    this.column = column;
  }
}
