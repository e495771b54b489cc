// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import type { Poller } from "./poller.ts";
import { type WaitOptions, Watch } from "./watch.ts";

/**
 * Each distinct metadata, once, until the operation has ended; whoever is slow skips to the newest.
 *
 * @throws as `Watch` does.
 */
export function listen<Metadata extends DescMessage>(
  poller: Poller<Metadata>,
  options: WaitOptions,
): AsyncIterator<MessageShape<Metadata>, undefined, undefined> {
  const watch = new Watch(poller, options, true);
  const states = statesOf(poller, watch);
  return {
    next: () => states.next(),
    return() {
      // A generator's own would only be heard after the next state.
      watch.close();
      return states.return(undefined);
    },
  };
}

async function* statesOf<Metadata extends DescMessage>(
  poller: Poller<Metadata>,
  watch: Watch,
): AsyncGenerator<MessageShape<Metadata>, undefined, undefined> {
  let taken: Any | undefined;
  try {
    while (!watch.isClosed) {
      const { metadata } = poller;
      if (metadata !== undefined && !isSame(metadata.packed, taken)) {
        taken = metadata.packed;
        yield metadata.message;
      } else if (poller.isDone) {
        break;
      } else {
        await watch.next();
      }
    }
  } finally {
    watch.close();
  }
  return undefined;
}

function isSame(a: Any, b: Any | undefined): boolean {
  return (
    a === b ||
    (a.typeUrl === b?.typeUrl &&
      a.value.length === b.value.length &&
      a.value.every((byte, index) => byte === b.value[index]))
  );
}
