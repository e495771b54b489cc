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

/** What is long-running in some files. */
export interface Analysis {
  /** The services that have anything to generate, by their file. */
  readonly services: ReadonlyMap<DescFile, readonly AnalyzedService[]>;
  /** Everything that is wrong in any of the files, each with its place, one line each. */
  readonly errors: readonly string[];
}

interface Files {
  /** Those that are analysed. */
  readonly files: readonly DescFile[];
  /** Those in which types are looked up. */
  readonly allFiles: readonly DescFile[];
  readonly options: Pick<LongrunningOptions, "missingOperationInfo">;
}

/**
 * Analyses the services of files.
 *
 * @param warn is told, one line at a time, of what is well enough to go on.
 */
export function analyzeFiles(
  { files, allFiles, options }: Files,
  warn: (line: string) => void,
): Analysis {
  const registry = createRegistry(...allFiles);
  const types = {
    find: (typeName: string) => registry.get(typeName),
    extent: `${allFiles.length} files`,
    remedy: `import its file, or set "strategy: all" on this plugin and drop --path and --type`,
  };
  const severities = {
    invalid: "error",
    missing: options.missingOperationInfo,
    inexact: "warn",
  } as const;
  const services = new Map<DescFile, AnalyzedService[]>();
  const errors: string[] = [];
  for (const file of files) {
    const analyzed: AnalyzedService[] = [];
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
        analyzed.push({ service, operations });
      }
    }
    if (analyzed.length > 0) {
      services.set(file, analyzed);
    }
  }
  return { services, errors };
}

function lineOf({ method, message }: OperationProblem): string {
  return `${sourcePlace(method)}: ${method.name}: ${message}`;
}
