// SPDX-License-Identifier: Apache-2.0

import { createRequire } from "node:module";
import type { Plugin, Schema, Target } from "@bufbuild/protoplugin";
import { type Analysis, analyzeFiles } from "./analyze-files.ts";
import { loadProtoplugin } from "./load-protoplugin.ts";
import { type LongrunningOptions, parseOptions } from "./options.ts";
import { printService } from "./print-service.ts";

const require = createRequire(import.meta.url);
const { version } = require("longrunning/package.json") as { version: string };
const { createEcmaScriptPlugin } = loadProtoplugin();

const identity = { name: "protoc-gen-longrunning", version: `v${version}` };

/**
 * The generator: for each file with long-running methods, a module `<file>_longrunning` beside the
 * one of protoc-gen-es, with a const `<Service>Operations` for each service that has any. If anything
 * is wrong with the files, nothing is generated, and the response's `error` lists all of it.
 *
 * @param warn is told of what deserves mending and does not stand in the way, one line at a time.
 */
export function longrunningPlugin(warn: (line: string) => void): Plugin {
  return {
    ...identity,
    run(request) {
      let analysis: Analysis | undefined;
      function generate(schema: Schema<LongrunningOptions>, target: Target): void {
        // Once for all targets, so that nothing is warned of twice.
        analysis ??= analyzeFiles(schema, warn);
        print(schema, { analysis, target });
      }
      const response = createEcmaScriptPlugin({
        ...identity,
        parseOptions,
        generateTs: generate,
        generateJs: generate,
        generateDts: generate,
        transpile: nothingLeft,
      }).run(request);
      if (analysis !== undefined && analysis.errors.length > 0) {
        response.error = ["nothing is generated, because", ...analysis.errors].join("\n");
        response.file = [];
      }
      return response;
    },
  };
}

function print(
  schema: Schema<LongrunningOptions>,
  { analysis, target }: { readonly analysis: Analysis; readonly target: Target },
): void {
  const { runtimeImport } = schema.options;
  for (const file of schema.files) {
    // Without content it comes to nothing, unless `keep_empty_files` wants it.
    const f = schema.generateFile(`${file.name}_longrunning.${endings[target]}`);
    f.preamble(file);
    for (const service of analysis.services.get(file) ?? []) {
      printService(f, service, { target, runtimeImport });
    }
  }
}

function nothingLeft(): never {
  throw new Error("Expected every target to be printed, and nothing left to TypeScript");
}

const endings: Readonly<Record<Target, string>> = { ts: "ts", js: "js", dts: "d.ts" };
