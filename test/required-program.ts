// SPDX-License-Identifier: Apache-2.0

import { spawnSync } from "node:child_process";

/**
 * Whether a program that some tests need is installed. Where it is not, this says loudly how to get
 * it; in continuous integration, which installs it, its absence is a failure.
 */
export function requiredProgram(name: string, howToGetIt: string): boolean {
  if (spawnSync(name, ["--version"]).error === undefined) {
    return true;
  }
  const message = `${name} is missing, and the tests that need it do not run: ${howToGetIt}`;
  if (process.env.CI) {
    throw new Error(message);
  }
  process.stderr.write(`\n*** ${message}\n\n`);
  return false;
}
