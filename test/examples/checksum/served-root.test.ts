// SPDX-License-Identifier: Apache-2.0

import { chmod, mkdir, symlink } from "node:fs/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "longrunning/google/rpc/error_details_pb.js";
import { describe, expect, test } from "vitest";
import { findRoot } from "../../../examples/checksum/served-root.ts";
import { asNobody } from "./as-nobody.ts";
import { type TemporaryTree, temporaryTree } from "./temporary-tree.ts";

async function tree(): Promise<TemporaryTree> {
  const tree = await temporaryTree({
    "served/dir/inner/file": "x",
    "served-not/file": "x",
    "outside/file": "x",
  });
  await mkdir(tree.path("served/locked"), { mode: 0o700 });
  await symlink("../outside", tree.path("served/out"));
  await symlink("dir/inner", tree.path("served/in"));
  await symlink("loop", tree.path("served/loop"));
  return tree;
}

describe("findRoot", () => {
  test.each([
    ["all that is served", ".", ""],
    ["a directory below", "dir", "/dir"],
    ["a way around", "./dir/../dir//inner/", "/dir/inner"],
    ["a link that stays inside", "in", "/dir/inner"],
  ])("finds %s", async (_, root, found) => {
    await using files = await tree();
    const served = files.path("served");
    expect(await findRoot(root, served)).toBe(served + found);
    expect(await findRoot(`${served}/${root}`, served)).toBe(served + found);
  });

  test("finds everything where everything is served", async () => {
    await using files = await tree();
    expect(await findRoot(files.root, "/")).toBe(files.root);
    expect(await findRoot("/", "/")).toBe("/");
  });

  test.each([
    ["nothing", "", Code.InvalidArgument, "ROOT_REQUIRED"],
    ["a NUL", "dir\0", Code.InvalidArgument, "ROOT_INVALID"],
    ["a path that is too long", "d/".repeat(2049), Code.InvalidArgument, "ROOT_TOO_LONG"],
    ["a name that is too long", "d".repeat(300), Code.InvalidArgument, "ROOT_TOO_LONG"],
    ["a file", "dir/inner/file", Code.InvalidArgument, "ROOT_NOT_A_DIRECTORY"],
    ["something below a file", "dir/inner/file/x", Code.InvalidArgument, "ROOT_NOT_A_DIRECTORY"],
    ["what does not exist", "dir/nowhere/at/all", Code.NotFound, "ROOT_NOT_FOUND"],
    ["a link to itself", "loop", Code.PermissionDenied, "ROOT_NOT_READABLE"],
    ["the directory above", "..", Code.PermissionDenied, "ROOT_NOT_SERVED"],
    ["a way out", "dir/../../outside", Code.PermissionDenied, "ROOT_NOT_SERVED"],
    ["an absolute path outside", "/", Code.PermissionDenied, "ROOT_NOT_SERVED"],
    [
      "a sibling with the same beginning",
      "../served-not",
      Code.PermissionDenied,
      "ROOT_NOT_SERVED",
    ],
    ["a link that leads out", "out", Code.PermissionDenied, "ROOT_NOT_SERVED"],
    // The next two are as the ones above, so that nobody learns what there is outside.
    ["nothing outside", "../outside/nowhere", Code.PermissionDenied, "ROOT_NOT_SERVED"],
    [
      "nothing beyond a link that leads out",
      "out/nowhere",
      Code.PermissionDenied,
      "ROOT_NOT_SERVED",
    ],
    ["a file outside", "../outside/file", Code.PermissionDenied, "ROOT_NOT_SERVED"],
  ])("refuses %s", async (_, root, code, reason) => {
    await using files = await tree();
    await expectRefusal(findRoot(root, files.path("served")), { code, reason });
  });

  test("refuses a directory that may not be read", async () => {
    await using files = await tree();
    await chmod(files.root, 0o755);
    await chmod(files.path("served/locked"), 0o000);
    await asNobody(async () => {
      const expected = { code: Code.PermissionDenied, reason: "ROOT_NOT_READABLE" };
      await expectRefusal(findRoot("locked", files.path("served")), expected);
      await expectRefusal(findRoot("locked/below", files.path("served")), expected);
    });
  });
});

async function expectRefusal(
  finding: Promise<unknown>,
  { code, reason }: { readonly code: Code; readonly reason: string },
): Promise<void> {
  const error = await finding.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof ConnectError)) {
    throw new Error("Expected a ConnectError", { cause: error });
  }
  expect(error.code).toBe(code);
  expect(error.rawMessage).toMatch(/^root /);
  expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
    { reason, domain: "checksum.v1.ChecksumService" },
  ]);
  expect(error.findDetails(BadRequestSchema)).toMatchObject([
    { fieldViolations: [{ field: "root", reason }] },
  ]);
}
