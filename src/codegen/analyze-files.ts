// SPDX-License-Identifier: Apache-2.0

import { createRegistry, type DescFile, type DescService } from "@bufbuild/protobuf";
import {
  analyzeOperations,
  type LongRunningMethod,
  type OperationProblem,
} from "../operation-info.ts";
import type { LongrunningOptions } from "./options.ts";
import { sourcePlace } from "./source-place.ts";

/** A service, with those of its long-running methods whose types are known. */
export interface AnalyzedService {
  readonly service: DescService;
  readonly operations: readonly LongRunningMethod[];
}

interface AnalyzeOptions extends Pick<LongrunningOptions, "missingOperationInfo"> {
  /** Every file in which types are looked up. */
  readonly allFiles: readonly DescFile[];
  /** Is told, one line at a time, of what is well enough to go on. */
  warn(line: string): void;
}

/**
 * Analyses the services of these files; those without long-running methods are left out.
 *
 * @throws Error that lists everything that is wrong in any of the files, each with its place.
 */
export function analyzeFiles(
  files: readonly DescFile[],
  options: AnalyzeOptions,
): Map<DescFile, AnalyzedService[]> {
  const { allFiles, missingOperationInfo, warn } = options;
  const registry = createRegistry(...allFiles);
  const types = {
    find: (typeName: string) => registry.get(typeName),
    extent: `${allFiles.length} files`,
    remedy: `import its file, or set "strategy: all" on this plugin and drop --path`,
  };
  const severities = { invalid: "error", missing: missingOperationInfo, inexact: "warn" } as const;
  const analyzed = new Map<DescFile, AnalyzedService[]>();
  const errors: string[] = [];
  for (const file of files) {
    const services: AnalyzedService[] = [];
    for (const service of file.services) {
      const { operations, problems } = analyzeOperations(service, types);
      for (const problem of problems) {
        const severity = severities[problem.kind];
        if (severity === "error") {
          errors.push(lineOf(problem));
        } else if (severity === "warn") {
          warn(`warning: ${lineOf(problem)}`);
        }
      }
      if (operations.length > 0) {
        services.push({ service, operations });
      }
    }
    if (services.length > 0) {
      analyzed.set(file, services);
    }
  }
  if (errors.length > 0) {
    throw new Error(["nothing is generated, because", ...errors].join("\n"));
  }
  return analyzed;
}

function lineOf({ method, message }: OperationProblem): string {
  return `${sourcePlace(method)}: ${method.name}: ${message}`;
}
