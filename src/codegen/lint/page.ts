// SPDX-License-Identifier: Apache-2.0

import { defaultPageSize } from "./listing.ts";
import { InvalidRequest } from "./procedure.ts";

interface PageRequest {
  /** 0: the default. */
  readonly pageSize: number;
  /** Empty: the first page. */
  readonly pageToken: string;
}

interface Page<Item> {
  readonly page: Item[];
  /** Empty: this is the last page. */
  readonly nextPageToken: string;
}

/**
 * Cuts a page from a list. Tokens are the ids of what comes next.
 *
 * @throws InvalidRequest if no page begins where the token says.
 */
export function pageOf<Item extends { readonly id: string }>(
  items: readonly Item[],
  { pageSize, pageToken }: PageRequest,
): Page<Item> {
  const start = pageToken === "" ? 0 : items.findIndex(({ id }) => id === pageToken);
  if (start < 0) {
    throw new InvalidRequest(`there is no page "${pageToken}"`);
  }
  const end = start + (pageSize === 0 ? defaultPageSize : pageSize);
  return { page: items.slice(start, end), nextPageToken: items[end]?.id ?? "" };
}
