// SPDX-License-Identifier: Apache-2.0

import {
  create,
  createFileRegistry,
  type DescFile,
  type DescService,
  type FileRegistry,
} from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { analyzeOperations, type TypeSource } from "../../operation-info.ts";
import type { Finding, Subject } from "./check.ts";
import { checks } from "./checks.ts";
import { InvalidRequest } from "./procedure.ts";
import type { RuleId } from "./rules.ts";

/** A file, and whether it is there for others to import only. */
interface CheckedFile {
  readonly proto: FileDescriptorProto;
  readonly isImport: boolean;
}

/** A finding, with the rule that it goes against. */
export interface RuleFinding extends Finding {
  readonly rule: RuleId;
}

/**
 * Checks files, which come in any order, with all that they import.
 *
 * @throws InvalidRequest if they are not a whole: an import is missing, for example.
 */
export function checkFiles(files: readonly CheckedFile[], rules: readonly RuleId[]): RuleFinding[] {
  const registry = registryOf(files.map(({ proto }) => proto));
  const types: TypeSource = {
    find: (typeName) => registry.get(typeName),
    extent: `${files.length} files`,
    remedy: "import its file",
  };
  const imports = new Set(files.filter((file) => file.isImport).map(({ proto }) => proto.name));
  const isChecked = (file: DescFile) => !imports.has(file.proto.name);
  const subjects = [...registry.files]
    .filter(isChecked)
    .flatMap((file) => file.services.flatMap((service) => subjectsOf(service, types)));
  const findings = rules.flatMap((rule) =>
    subjects.flatMap((subject) => [...checks[rule](subject)].map((found) => ({ ...found, rule }))),
  );
  return findings.filter(({ file }) => isChecked(file));
}

function subjectsOf(service: DescService, types: TypeSource): Subject[] {
  const { operations, problems } = analyzeOperations(service, types);
  return service.methods.map((method) => ({
    method,
    operation: operations.find((operation) => operation.method === method),
    problems: problems.filter((problem) => problem.method === method),
  }));
}

function registryOf(protos: readonly FileDescriptorProto[]): FileRegistry {
  try {
    return createFileRegistry(create(FileDescriptorSetSchema, { file: importsFirst(protos) }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidRequest(`the files cannot be checked: ${reason}`, { cause });
  }
}

/** The files in an order in which each follows what it imports. */
function importsFirst(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const unsorted = new Map(files.map((file) => [file.name, file]));
  const sorted: FileDescriptorProto[] = [];
  const take = (name: string): void => {
    const file = unsorted.get(name);
    if (file !== undefined) {
      unsorted.delete(name);
      file.dependency.forEach(take);
      sorted.push(file);
    }
  };
  files.map(({ name }) => name).forEach(take);
  return sorted;
}
