// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const require = createRequire(import.meta.url);
/** The root of the repository. */
export const root: string = dirname(require.resolve("longrunning/package.json"));
const published = dirname(require.resolve("google-proto-files/package.json"));

/** The program of buf, for Node. */
export const buf: string = require.resolve("@bufbuild/buf/bin/buf");

/** What is generated for: a small module, or some or all of Google's published APIs. */
export type Protos = "checksum" | "tenth" | "corpus";

/** Has buf write the `CodeGeneratorRequest` that it would send to a generator into a file. */
export async function writeRequest(protos: Protos, path: string): Promise<void> {
  const template = {
    version: "v2",
    plugins: [
      {
        local: ["sh", "-c", `cat > "$0"`, path],
        out: dirname(path),
        opt: ["target=ts", "import_extension=js"],
        strategy: "all",
      },
    ],
  };
  await promisify(execFile)(
    process.execPath,
    [buf, "generate", ...inputs[protos](), "--template", JSON.stringify(template)],
    { cwd: protos === "checksum" ? root : published },
  );
}

// buf brings the well-known types along.
const modules = [{ path: ".", excludes: ["google/protobuf"] }];
const corpus = [".", "--config", JSON.stringify({ version: "v2", modules })];

const inputs: Readonly<Record<Protos, () => readonly string[]>> = {
  checksum: () => [".", "--path", "examples/checksum/proto/checksum"],
  tenth: () => [...corpus, ...everyTenthApi().flatMap((path) => ["--path", path])],
  corpus: () => corpus,
};

function everyTenthApi(): string[] {
  const cloud = readdirSync(join(published, "google/cloud"), { withFileTypes: true });
  return cloud
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join("google/cloud", name))
    .sort()
    .filter((_, i) => i % 10 === 9);
}
