// SPDX-License-Identifier: Apache-2.0

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What `buf lint` says of a line. */
export interface LintedLine {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** Lints sources, by path, which may import this package's own `google/…` files. */
export function lintSources(
  sources: Readonly<Record<string, string>>,
  config: object,
): LintedLine[] {
  const directory = mkdtempSync(join(tmpdir(), "longrunning-lint-"));
  try {
    symlinkSync(join(root, "proto/google"), join(directory, "google"));
    for (const [path, source] of Object.entries(sources)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), source);
    }
    return lintDirectory(directory, config);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Lints a directory.
 *
 * @throws Error if what it holds does not compile.
 */
export function lintDirectory(directory: string, config: object): LintedLine[] {
  const args = ["lint", "--error-format", "json", "--config", JSON.stringify(config)];
  const lines = buf(args, directory)
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => {
    const { path, start_line, type, message } = JSON.parse(line);
    if (type === "COMPILE") {
      throw new Error(`${path}:${start_line}: ${message}`);
    }
    return { path, line: start_line, rule: type, message };
  });
}

/**
 * Runs buf, and returns its stdout.
 *
 * @throws Error with all that it said, if it neither went well nor found anything.
 */
export function buf(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(join(root, "node_modules/.bin/buf"), args, { cwd });
  const found = 100;
  if (status !== 0 && status !== found) {
    throw new Error(`buf ${args.join(" ")} ended with ${status}: ${stderr}${stdout}`);
  }
  return stdout.toString();
}
