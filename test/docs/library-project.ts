// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** What a command left behind. */
export interface Ended {
  /** Its exit code. */
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user's project, with what it has installed, in a directory of its own. */
export interface Project extends AsyncDisposable {
  readonly directory: string;
  /** Runs a command as a user types it there, or an npm script says it. */
  run(command: string): Promise<Ended>;
}

// What the authors of @acme/books publish beside their protos.
const publication = JSON.stringify({
  version: "v2",
  plugins: [
    {
      local: "./node_modules/.bin/protoc-gen-es",
      out: "node_modules/@acme/books/gen",
      opt: [
        "target=js+dts",
        "import_extension=js",
        "rewrite_imports=./google/**/*_pb.js:longrunning",
      ],
    },
  ],
});

/** The project in `library`, which depends on `longrunning` and on `@acme/books`. */
export async function libraryProject(): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), "longrunning-library-"));
  const installed = join(directory, "node_modules");
  const bin = join(installed, ".bin");
  await cp(join(import.meta.dirname, "library"), directory, { recursive: true });
  await mkdir(bin, { recursive: true });
  for (const folder of ["", ".bin"]) {
    for (const name of await readdir(join(root, "node_modules", folder))) {
      if (!name.startsWith(".") && name !== "@acme") {
        await symlink(join(root, "node_modules", folder, name), join(installed, folder, name));
      }
    }
  }
  await symlink(root, join(installed, "longrunning"));
  const program = join(root, "src/codegen/protoc-gen-longrunning.ts");
  const script = `#!/bin/sh\nexec "${process.execPath}" --import "${tsx}" "${program}" "$@"\n`;
  await writeFile(join(bin, "protoc-gen-longrunning"), script, { mode: 0o755 });
  await mkdir(join(installed, "@acme"));
  await rename(join(directory, "acme-books"), join(installed, "@acme/books"));

  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    NPM_CONFIG_LOGLEVEL: "error",
  };
  const run = (command: string) =>
    new Promise<Ended>((resolve) => {
      execFile("sh", ["-c", command], { cwd: directory, env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
      );
    });
  const published = await run(
    `buf generate node_modules/@acme/books/proto --template '${publication}'`,
  );
  if (published.code !== 0) {
    throw new Error(published.stderr);
  }
  return {
    directory,
    run,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}
