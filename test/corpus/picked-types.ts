// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DescMessage } from "@bufbuild/protobuf";
import type { OperationService } from "../../src/operation-service.ts";
import type { DeclaredOperation } from "./declared-operations.ts";
import { pathsOf } from "./file-tree.ts";

/**
 * The response and the metadata of operations, with the files that declare them, by the module, the
 * const and the method.
 */
export type PickedTypes = ReadonlyMap<string, string>;

/** What generated modules say at run time. */
export async function pickedTypes(directory: string): Promise<PickedTypes> {
  const picked = new Map<string, string>();
  for (const path of pathsOf(directory).filter((path) => path.endsWith("_longrunning.js"))) {
    const module: Readonly<Record<string, OperationService>> = await import(
      pathToFileURL(join(directory, path)).href
    );
    for (const [name, { methods, operations }] of Object.entries(module)) {
      for (const [localName, { response, metadata }] of Object.entries(operations)) {
        const method = methods.find((method) => method.localName === localName);
        picked.set(
          `${path}: ${name}.${method?.name ?? localName}`,
          [response, metadata].map(declarationOf).join(", "),
        );
      }
    }
  }
  return picked;
}

function declarationOf({ typeName, file }: DescMessage): string {
  return `${typeName} in ${file.proto.name}`;
}

/** What generated modules should say. */
export function declaredTypes(operations: readonly DeclaredOperation[]): PickedTypes {
  const picked = new Map<string, string>();
  for (const { file, service, method, types } of operations) {
    if (types !== undefined) {
      const path = file.name.replace(/\.proto$/, "_longrunning.js");
      picked.set(
        `${path}: ${service.name}Operations.${method.name}`,
        types.map((type) => `${type.typeName} in ${type.file}`).join(", "),
      );
    }
  }
  return picked;
}

/** How much that is. */
export function extentOf(types: PickedTypes): string {
  const methods = [...types.keys()];
  const services = new Set(methods.map((key) => key.replace(/\.\w+$/, "")));
  const modules = new Set(methods.map((key) => key.replace(/: .*$/, "")));
  return `${modules.size} files, ${services.size} services, ${methods.length} methods`;
}
