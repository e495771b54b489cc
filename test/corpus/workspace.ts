// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** Where npm's google-proto-files are. */
export const protos: string = join(root, "node_modules/google-proto-files");

/** A project like a user's, in a temporary folder. */
export interface Workspace extends Disposable {
  readonly directory: string;
  /**
   * Runs a program that the repository has installed.
   *
   * @returns what it wrote to stderr.
   * @throws Error with all that it wrote, if it fails.
   */
  run(program: string, args: readonly string[]): Promise<string>;
}

export function createWorkspace(): Workspace {
  const directory = mkdtempSync(join(tmpdir(), "longrunning-corpus-"));
  mkdirSync(join(directory, "node_modules/@bufbuild"), { recursive: true });
  symlinkSync(root, join(directory, "node_modules/longrunning"));
  const protobuf = "node_modules/@bufbuild/protobuf";
  symlinkSync(join(root, protobuf), join(directory, protobuf));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module" }));

  async function run(program: string, args: readonly string[]): Promise<string> {
    try {
      const { stderr } = await promisify(execFile)(join(root, "node_modules/.bin", program), args, {
        cwd: directory,
        maxBuffer: 2 ** 26,
      });
      return stderr;
    } catch (error) {
      const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
      throw new Error(`${program} failed:\n${stdout}${stderr}`, { cause: error });
    }
  }

  return { directory, run, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

/** Compiles all protos of the corpus to a file of descriptors. */
export async function compileProtos({ run }: Workspace, image: string): Promise<void> {
  // buf brings the well-known types along.
  const modules = [{ path: ".", excludes: ["google/protobuf"] }];
  const config = JSON.stringify({ version: "v2", modules });
  await run("buf", ["build", protos, "--config", config, "-o", image]);
}
