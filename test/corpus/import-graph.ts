// SPDX-License-Identifier: Apache-2.0

import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";

/** Which files import which, by their paths. */
export interface ImportGraph {
  packageOf(path: string): string;
  importsOf(path: string): readonly string[];
  /** A file, and all that it imports in any number of steps. */
  closureOf(path: string): ReadonlySet<string>;
}

export function importGraph(files: readonly FileDescriptorProto[]): ImportGraph {
  const byPath = new Map(files.map((file) => [file.name, file]));
  const closures = new Map<string, ReadonlySet<string>>();

  function get(path: string): FileDescriptorProto {
    const file = byPath.get(path);
    if (file === undefined) {
      throw new Error(`${path} is not there`);
    }
    return file;
  }

  function collect(path: string): ReadonlySet<string> {
    const reached = new Set([path]);
    for (const next of reached) {
      for (const imported of get(next).dependency) {
        reached.add(imported);
      }
    }
    closures.set(path, reached);
    return reached;
  }

  return {
    packageOf: (path) => get(path).package,
    importsOf: (path) => get(path).dependency,
    closureOf: (path) => closures.get(path) ?? collect(path),
  };
}
