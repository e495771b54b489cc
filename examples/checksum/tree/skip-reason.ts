// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";

/** Why a file or a directory is not part of a digest. */
export interface SkipReason {
  readonly code: Code;
  readonly message: string;
}

/**
 * Why the file system would not read something; undefined if the error is not the file system's, or
 * tells of this process and not of the file, so that skipping would give a wrong digest.
 */
export function skipReason(error: unknown): SkipReason | undefined {
  if (!(error instanceof Error && "errno" in error && "code" in error)) {
    return undefined;
  }
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
      return { code: Code.NotFound, message: "it has vanished" };
    case "EACCES":
    case "EPERM":
      return { code: Code.PermissionDenied, message: "it may not be read" };
    case "ELOOP":
    case "ENXIO":
      return notRegular;
    case "ENAMETOOLONG":
      return { code: Code.OutOfRange, message: "its path is too long" };
    case "EMFILE":
    case "ENFILE":
    case "ENOMEM":
      return undefined;
    default:
      return { code: Code.Unavailable, message: `reading it failed with ${error.code}` };
  }
}

/** It was a regular file when its directory was read, and is none any more. */
export const notRegular: SkipReason = {
  code: Code.FailedPrecondition,
  message: "it is no longer a regular file",
};
