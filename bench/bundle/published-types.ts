// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Plugin } from "esbuild";
import { protocGenEs } from "../plugin/generator.ts";
import { buf } from "../plugin/request.ts";

const require = createRequire(import.meta.url);
const published = dirname(require.resolve("google-proto-files/package.json"));

// Among built files, from where their imports are found.
const generated = fileURLToPath(new URL("./published/", import.meta.url));

const paths = [
  ...["annotations", "client", "field_behavior", "http", "launch_stage"].map(
    (name) => `google/api/${name}.proto`,
  ),
  "google/longrunning/operations.proto",
  "google/rpc/status.proto",
];

/**
 * Puts what a page has of `google.longrunning` where this package is not: what buf generates from the
 * files as Google publishes them.
 */
export async function publishedTypes(): Promise<Plugin> {
  await rm(generated, { recursive: true, force: true });
  const template = {
    version: "v2",
    plugins: [
      {
        local: [process.execPath, protocGenEs],
        out: generated,
        opt: ["target=js", "import_extension=js"],
      },
    ],
  };
  await promisify(execFile)(
    process.execPath,
    [
      ...[buf, "generate", ".", "--template", JSON.stringify(template)],
      ...paths.flatMap((path) => ["--path", path]),
    ],
    { cwd: published },
  );
  return {
    name: "published types",
    setup({ onResolve }) {
      onResolve({ filter: /^longrunning\/google\// }, ({ path }) => ({
        path: join(generated, path.slice("longrunning/".length)),
        sideEffects: false,
      }));
    },
  };
}
