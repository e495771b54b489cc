// SPDX-License-Identifier: Apache-2.0

import { createRequire } from "node:module";
import { createEcmaScriptPlugin, type Plugin } from "@bufbuild/protoplugin";
import { analyzeFiles } from "./analyze-files.ts";
import { parseOptions } from "./options.ts";
import { printService } from "./print-service.ts";

const { version } = createRequire(import.meta.url)("longrunning/package.json") as {
  version: string;
};

/**
 * The generator: for each file with long-running methods, a module `<file>_longrunning` beside the
 * one of protoc-gen-es, with a const `<Service>Operations` for each service that has any.
 *
 * @param warn is told of what deserves mending and does not stand in the way, one line at a time.
 */
export function longrunningPlugin(warn: (line: string) => void): Plugin {
  return createEcmaScriptPlugin({
    name: "protoc-gen-longrunning",
    version: `v${version}`,
    parseOptions,
    generateTs({ files, allFiles, options, generateFile }) {
      const { missingOperationInfo, runtimeImport } = options;
      const analyzed = analyzeFiles(files, { allFiles, missingOperationInfo, warn });
      for (const [file, services] of analyzed) {
        const f = generateFile(`${file.name}_longrunning.ts`);
        f.preamble(file);
        for (const service of services) {
          printService(f, service, runtimeImport);
        }
      }
    },
  });
}
