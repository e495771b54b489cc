// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

const plugins = [
  [join(root, "node_modules/.bin/protoc-gen-es")],
  [process.execPath, "--import", tsx, join(root, "src/codegen/protoc-gen-longrunning.ts")],
];

/** A project in a temporary folder, for real generators, compilers and programs. */
export interface GeneratedProject extends Disposable {
  write(path: string, content: string): void;
  /** Generates `gen` with protoc-gen-es and our own generator, with options as in `buf.gen.yaml`. */
  generate(opt: readonly string[]): Promise<void>;
  /** Runs one of the repository's programs. */
  run(program: string, args: readonly string[]): Promise<string>;
}

export function createProject(): GeneratedProject {
  const directory = mkdtempSync(join(tmpdir(), "longrunning-generated-"));
  for (const [name, target] of [
    ["node_modules/longrunning", root],
    ["node_modules/@bufbuild/protobuf", join(root, "node_modules/@bufbuild/protobuf")],
    ["proto/google", join(root, "proto/google")],
  ] as const) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    symlinkSync(target, join(directory, name));
  }

  function write(path: string, content: string): void {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }

  async function run(program: string, args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(program, args, { cwd: directory });
    return stdout;
  }

  write("package.json", JSON.stringify({ type: "module" }));
  write("buf.yaml", JSON.stringify({ version: "v2", modules: [{ path: "proto" }] }));
  return {
    write,
    async generate(opt) {
      const template = {
        version: "v2",
        plugins: plugins.map((local) => ({ local, out: "gen", opt })),
      };
      const buf = join(root, "node_modules/.bin/buf");
      await run(buf, ["generate", "--template", JSON.stringify(template)]);
    },
    run: (program, args) =>
      run(program === "node" ? process.execPath : join(root, "node_modules/.bin", program), args),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}
