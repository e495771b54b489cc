// SPDX-License-Identifier: Apache-2.0

import type { DescMethod } from "@bufbuild/protobuf";
import { sourcePath } from "./source-path.ts";

/** Where a method stands in its source: `lib/v1/library.proto:12`, without the line if unknown. */
export function sourcePlace(method: DescMethod): string {
  const { proto } = method.parent.file;
  const path = sourcePath(method).join();
  const location = proto.sourceCodeInfo?.location.find((l) => l.path.join() === path);
  const line = location?.span[0];
  return line === undefined ? proto.name : `${proto.name}:${line + 1}`;
}
