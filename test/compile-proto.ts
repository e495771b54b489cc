// SPDX-License-Identifier: Apache-2.0

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Compiles sources, by path, which may import this package's own `google/…` files. The result holds
 * every file that they need, each after those that it imports, with places and comments.
 */
export function compileProto(sources: Readonly<Record<string, string>>): FileDescriptorSet {
  const directory = mkdtempSync(join(tmpdir(), "longrunning-proto-"));
  try {
    symlinkSync(join(root, "proto/google"), join(directory, "google"));
    for (const [path, source] of Object.entries(sources)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), source);
    }
    const args = ["build", directory, "--as-file-descriptor-set", "-o", "-"];
    const image = execFileSync(join(root, "node_modules/.bin/buf"), args, { cwd: directory });
    return fromBinary(FileDescriptorSetSchema, image);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
