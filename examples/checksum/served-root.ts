// SPDX-License-Identifier: Apache-2.0

import { opendir, realpath } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "longrunning/google/rpc/error_details_pb.js";
import { ChecksumService } from "./gen/checksum/v1/checksum_pb.ts";

/**
 * Finds the directory that a request names.
 *
 * @param root as in `ChecksumTreeRequest.root`.
 * @param served the directory that nothing may lead out of, without links in its path.
 * @returns an absolute path without links in it.
 * @throws ConnectError, with an ErrorInfo and with a BadRequest for the field `root`:
 * INVALID_ARGUMENT, NOT_FOUND or PERMISSION_DENIED.
 */
export async function findRoot(root: string, served: string): Promise<string> {
  if (root === "") {
    throw rootError("ROOT_REQUIRED", served);
  }
  if (root.includes("\0")) {
    throw rootError("ROOT_INVALID", served);
  }
  if (Buffer.byteLength(root) > longestPath) {
    throw rootError("ROOT_TOO_LONG", served);
  }
  const { found, error } = await findNearest(resolve(served, root));
  // Before anything that would tell what there is outside.
  if (!isWithin(found, served)) {
    throw rootError("ROOT_NOT_SERVED", served);
  }
  const problem = error ?? (await openingError(found));
  if (problem !== undefined) {
    throw rootError(reasonOf(problem), served);
  }
  return found;
}

/** Whether a path is a directory or below it; both absolute, without links in them. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === sep ? sep : directory + sep);
}

const longestPath = 4096;

/** Where a path really leads: itself, or, with the error, the nearest directory above that exists. */
async function findNearest(path: string): Promise<{ found: string; error: unknown }> {
  try {
    return { found: await realpath(path), error: undefined };
  } catch (error) {
    const { found } = await findNearest(dirname(path));
    return { found, error };
  }
}

/** Why a directory cannot be opened for reading; undefined if it can. */
async function openingError(path: string): Promise<unknown> {
  try {
    await (await opendir(path)).close();
    return undefined;
  } catch (error) {
    return error;
  }
}

function reasonOf(error: unknown): keyof typeof problems {
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "ENOENT":
      return "ROOT_NOT_FOUND";
    case "ENOTDIR":
      return "ROOT_NOT_A_DIRECTORY";
    case "ENAMETOOLONG":
      return "ROOT_TOO_LONG";
    default:
      return "ROOT_NOT_READABLE";
  }
}

const problems = {
  ROOT_REQUIRED: [Code.InvalidArgument, "is empty: name a directory, or . for all that is served"],
  ROOT_INVALID: [Code.InvalidArgument, "contains a NUL character"],
  ROOT_TOO_LONG: [Code.InvalidArgument, "is too long for a path"],
  ROOT_NOT_A_DIRECTORY: [Code.InvalidArgument, "is not a directory"],
  ROOT_NOT_FOUND: [Code.NotFound, "does not exist"],
  ROOT_NOT_READABLE: [Code.PermissionDenied, "may not be read by this server"],
  ROOT_NOT_SERVED: [Code.PermissionDenied, "is outside the tree that this server reads"],
} as const satisfies Record<string, readonly [Code, string]>;

function rootError(reason: keyof typeof problems, served: string): ConnectError {
  const [code, description] = problems[reason];
  const domain = ChecksumService.typeName;
  return new ConnectError(`root ${description}`, code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain, metadata: { served } } },
    {
      desc: BadRequestSchema,
      value: { fieldViolations: [{ field: "root", description, reason }] },
    },
  ]);
}
