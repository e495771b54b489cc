// SPDX-License-Identifier: Apache-2.0

/** Something that several subjects use, and that nobody needs before the first or after the last. */
export interface Shared<Resource> {
  /** Opens it for the first who asks. */
  acquire(): Promise<Resource>;
  /** Closes it when everybody who acquired it has released it. */
  release(): Promise<void>;
}

export function shared<Resource extends { close(): Promise<void> }>(
  open: () => Promise<Resource>,
): Shared<Resource> {
  let resource: Promise<Resource> | undefined;
  let users = 0;
  return {
    acquire() {
      users++;
      resource ??= open();
      return resource;
    },
    async release() {
      users--;
      if (users === 0) {
        const last = resource;
        resource = undefined;
        await (await last)?.close();
      }
    },
  };
}
