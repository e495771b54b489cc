// SPDX-License-Identifier: Apache-2.0

import type { OperationHandlers } from "longrunning/server";
import type { ChecksumServiceOperations } from "./gen/checksum/v1/checksum_longrunning.ts";
import { beginProgress, resumeProgress } from "./progress.ts";
import { findRoot } from "./served-root.ts";
import { bytePath } from "./tree/byte-path.ts";
import { digestEntries } from "./tree/digest-files.ts";
import { walkTree } from "./tree/walk.ts";

/**
 * The implementation of the service.
 *
 * @param served the directory that nothing may lead out of, without links in its path.
 */
export function checksumHandlers(
  served: string,
): OperationHandlers<typeof ChecksumServiceOperations> {
  return {
    async checksumTree(request, operation) {
      const { attempt, signal, metadata = request.resumeFrom } = operation;
      const root = await findRoot(request.root, served);
      const progress =
        (await resumeProgress(root, { attempt, metadata })) ??
        (await beginProgress(root, operation));
      const onRead = (bytes: number) => {
        if (progress.addBytes(bytes)) {
          operation.report(progress.metadata);
        }
      };
      const files = walkTree(bytePath(root), { after: progress.lastPath(), signal });
      for await (const entry of digestEntries(bytePath(root), files, { signal, onRead })) {
        progress.addEntry(entry);
        operation.report(progress.metadata);
      }
      return progress.response();
    },
    listAlgorithms: () => ({ algorithms: ["sha256"] }),
  };
}
