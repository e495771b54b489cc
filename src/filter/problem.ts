// SPDX-License-Identifier: Apache-2.0

import { excerpt } from "./excerpt.ts";
import { nearest } from "./nearest-name.ts";

/**
 * Why part of a filter does not fit one type of metadata. It may fit another, so nothing is thrown,
 * and the words are put together only if they are needed.
 */
export interface Problem {
  readonly kind: "problem";
  /** Where in the filter the fault is. */
  readonly start: number;
  readonly describe: () => string;
  /** Set if a name is unknown. */
  readonly unknown?: UnknownName;
}

/** A name that there is not, and those that there are in its place. */
export interface UnknownName {
  readonly name: string;
  readonly known: readonly string[];
  /** What people have to write before the name. */
  readonly prefix: string;
}

/** A problem at this place. */
export function problem(start: number, describe: () => string): Problem {
  return { kind: "problem", start, describe };
}

/** What to say about a problem besides: the name that may have been meant, or those there are. */
export function suggestion({ unknown }: Problem): string {
  if (unknown === undefined) {
    return "";
  }
  const { name, prefix } = unknown;
  const known = new Set(unknown.known);
  const meant = nearest(name, known);
  if (meant !== undefined) {
    return `; did you mean ${excerpt(prefix + meant)}?`;
  }
  return known.size > 0 && known.size <= mostListed ? `; there are ${[...known].join(", ")}` : "";
}

const mostListed = 12;
