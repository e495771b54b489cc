// SPDX-License-Identifier: Apache-2.0

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { shellWord } from "./shell-word.ts";

/** The address of `npm start`. */
export const defaultServer = "http://127.0.0.1:8080";

/** What `--help` prints. */
export const usage: string = `Digests a directory tree on a server, and shows how far it has come.

  npm run checksum -- DIR [--server URL]
  npm run checksum -- [DIR] --resume NAME [--server URL]

  DIR             the directory, inside the tree that the server reads
  --server URL    where the server is (default: ${defaultServer})
  --resume NAME   comes back to an operation: follows it while it runs, goes on where it
                  stopped if it was cancelled or failed, shows its result if it has one
  --help          shows this

Ctrl-C cancels the operation; a second one leaves at once.

The result is one JSON object on stdout: {"operation", "treeDigest", "files", "bytes", "skipped"};
everything else goes to stderr. (npm run -s keeps npm's own lines out of stdout.)

Exit codes: 0 done, 1 failed, 2 wrong arguments, 130 cancelled or left.
`;

/** What the command line asks for. */
export type ClientArguments =
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly message: string }
  | Calling;

/** A directory to digest, or the name of an operation to come back to. */
export type Calling = { readonly kind: "call"; readonly server: string } & (
  | { readonly resume: undefined; readonly root: string }
  | { readonly resume: string; readonly root: string | undefined }
);

/** Reads the command line; `directory` is what relative paths are relative to. */
export function readArguments(args: readonly string[], directory: string): ClientArguments {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        server: { type: "string", default: defaultServer },
        resume: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) {
      return { kind: "help" };
    }
    const { resume, server } = values;
    const [path, ...more] = positionals;
    if (more.length > 0) {
      return { kind: "wrong", message: `Expected one directory, got ${positionals.length}` };
    }
    const root = path ? resolve(directory, path) : undefined;
    if (resume === "") {
      return { kind: "wrong", message: "Expected --resume to name an operation" };
    }
    if (!/^https?:\/\//.test(server) || !URL.canParse(server)) {
      return { kind: "wrong", message: `Expected --server to be an http URL, got "${server}"` };
    }
    if (resume !== undefined) {
      return { kind: "call", server, resume, root };
    }
    return root === undefined
      ? { kind: "wrong", message: "Expected a directory" }
      : { kind: "call", server, resume, root };
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
}

/** The command that comes back to an operation. */
export function resumeCommand({ root, server }: Calling, name: string): string {
  const directory = root === undefined ? "" : `${shellWord(root)} `;
  const elsewhere = server === defaultServer ? "" : ` --server ${shellWord(server)}`;
  return `npm run checksum -- ${directory}--resume ${name}${elsewhere}`;
}
