// SPDX-License-Identifier: Apache-2.0

import type { ListQuery } from "../../server/store.ts";

/** Operations in the order of lists, by an index of their own: no others are looked at. */
export interface ListSource {
  readonly from: string;
  /** What they have in common; `:owner` and `:parent` are those of the list. */
  readonly where: readonly string[];
}

const kept = "delete_time_us IS NULL";
const ofOwner = ["owner = :owner", "owner <> ''"];
const under = ["parent = :parent", "parent <> ''"];

type SourceName = "all" | "owner" | "parent" | "ownerParent" | "unfinished" | "ownerUnfinished";

// biome-ignore format: a table reads better.
export const listSources: Readonly<Record<SourceName, ListSource>> = {
  all:             { from: "operation NOT INDEXED",                 where: [] },
  owner:           { from: "operation INDEXED BY owner",            where: [...ofOwner, kept] },
  parent:          { from: "operation INDEXED BY parent",           where: [...under, kept] },
  ownerParent:     { from: "operation INDEXED BY owner_parent",     where: [...ofOwner, ...under, kept] },
  unfinished:      { from: "operation INDEXED BY unfinished",       where: ["state < 2", kept] },
  ownerUnfinished: { from: "operation INDEXED BY owner_unfinished", where: [...ofOwner, "state < 2", kept] },
};

/** Where a list comes from, and what its source does not see to. */
export interface SourcedList {
  readonly source: ListSource;
  readonly conditions: readonly string[];
  /** What the source and the conditions refer to. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The source of a list. It holds nothing that is of another owner: how far a page came may tell of
 * what was looked at last, whether it matched or not.
 */
export function sourceOf(
  { owner, parent }: Pick<ListQuery, "owner" | "parent">,
  unfinished: boolean,
): SourcedList {
  const values = { ...(owner !== undefined && { owner }), ...(parent !== undefined && { parent }) };
  if (owner === undefined || owner === "") {
    const conditions = owner === undefined ? [] : ["owner = :owner"];
    if (parent !== undefined) {
      return { source: listSources.parent, conditions, values };
    }
    return { source: unfinished ? listSources.unfinished : listSources.all, conditions, values };
  }
  if (unfinished) {
    const conditions = parent === undefined ? [] : ["parent = :parent"];
    return { source: listSources.ownerUnfinished, conditions, values };
  }
  const source = parent === undefined ? listSources.owner : listSources.ownerParent;
  return { source, conditions: [], values };
}
