// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import type { Poller } from "./poller.ts";
import { type WaitOptions, Watch } from "./watch.ts";

/**
 * Each distinct metadata, once, until the operation has ended; whoever is slow skips to the newest.
 * Nothing happens before the first `next`.
 *
 * @throws as `Watch` does.
 */
export function listen<Metadata extends DescMessage>(
  poller: Poller<Metadata>,
  options: WaitOptions,
): AsyncIterator<MessageShape<Metadata>, undefined, undefined> {
  let watch: Watch | undefined;
  let isLeft = false;

  async function* states(): AsyncGenerator<MessageShape<Metadata>, undefined, undefined> {
    watch = new Watch(poller, options, true);
    let taken: Any | undefined;
    // Undefined as long as that is open.
    const hasNext = () => {
      const { packed, ended } = poller;
      if (packed !== undefined && !isSame(packed, taken)) {
        return true;
      }
      return ended !== undefined || isLeft ? false : undefined;
    };
    try {
      while (await watch.until(hasNext)) {
        taken = poller.packed;
        const { metadata } = poller;
        if (metadata !== undefined) {
          yield metadata;
        }
      }
    } finally {
      watch.close();
    }
    return undefined;
  }

  const iterator = states();
  return {
    next: () => iterator.next(),
    return() {
      // The generator alone would not hear of it before the next state.
      isLeft = true;
      watch?.wake();
      return iterator.return(undefined);
    },
  };
}

function isSame(a: Any, b: Any | undefined): boolean {
  return (
    a.typeUrl === b?.typeUrl &&
    a.value.length === b.value.length &&
    a.value.every((byte, index) => byte === b.value[index])
  );
}
