// SPDX-License-Identifier: Apache-2.0

import type { GeneratedFile } from "@bufbuild/protoplugin";
import type { AnalyzedService } from "./analyze-files.ts";

/** Prints `export const <Service>Operations`, with its type written out. */
export function printService(
  f: GeneratedFile,
  { service, operations }: AnalyzedService,
  runtimeImport: string,
): void {
  const descriptor = f.importSchema(service);
  const operationService = f.import("operationService", runtimeImport);
  const OperationService = f.import("OperationService", runtimeImport, true);
  const OperationTypes = f.import("OperationTypes", runtimeImport, true);
  f.print(
    f.jsDoc(
      [
        `${service.typeName}, with the types of its long-running operations.`,
        "Use it wherever the service itself goes: to implement it, to route it, to call it.",
        "",
        `@generated from ${service}`,
        ...(service.deprecated || service.file.deprecated ? ["@deprecated"] : []),
      ].join("\n"),
    ),
  );
  // The type is spelled out because js and dts output is made without a look at this package.
  f.print(
    f.export("const", `${service.name}Operations`),
    ": ",
    OperationService,
    "<typeof ",
    descriptor,
    ", {",
  );
  for (const { method, response, metadata } of operations) {
    const types = [f.importSchema(response), f.importSchema(metadata)] as const;
    f.print(f.jsDoc(method, "  "));
    f.print(
      "  ",
      method.localName,
      ": ",
      OperationTypes,
      "<typeof ",
      types[0],
      ", typeof ",
      types[1],
      ">;",
    );
  }
  f.print("}> = /*@__PURE__*/ ", operationService, "(", descriptor, ", {");
  for (const { method, response, metadata } of operations) {
    const types = [f.importSchema(response), f.importSchema(metadata)] as const;
    f.print("  ", method.localName, ": { response: ", types[0], ", metadata: ", types[1], " },");
  }
  f.print("});");
  f.print();
}
