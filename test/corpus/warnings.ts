// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DeclaredOperation } from "./declared-operations.ts";
import { protos } from "./workspace.ts";

/** What stands at the places of warnings, by file and method. */
export type Warnings = ReadonlyMap<string, string>;

const warning =
  /^protoc-gen-longrunning: warning: (.+):(\d+): (\w+): returns google\.longrunning\.Operation but has no \(google\.longrunning\.operation_info\) option; its result stays untyped$/gm;

/** What the generator warned of. */
export function printedWarnings(stderr: string): Warnings {
  return new Map(
    [...stderr.matchAll(warning)].map(([, path = "", line = "", method = ""]) => {
      const source = readFileSync(join(protos, path), "utf8").split("\n")[Number(line) - 1];
      return [`${path}: ${method}`, /rpc \w+/.exec(source ?? "")?.[0] ?? ""];
    }),
  );
}

/** What it should warn of. */
export function declaredWarnings(operations: readonly DeclaredOperation[]): Warnings {
  return new Map(
    operations
      .filter(({ types }) => types === undefined)
      .map(({ file, method }) => [`${file.name}: ${method.name}`, `rpc ${method.name}`]),
  );
}
