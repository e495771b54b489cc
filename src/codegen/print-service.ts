// SPDX-License-Identifier: Apache-2.0

import type { GeneratedFile, Printable, Target } from "@bufbuild/protoplugin";
import type { AnalyzedService } from "./analyze-files.ts";

interface PrintOptions {
  readonly target: Target;
  /** Where this package is imported from. */
  readonly runtimeImport: string;
}

/** Prints `export const <Service>Operations`: its type, its value, or both. */
export function printService(
  f: GeneratedFile,
  analyzed: AnalyzedService,
  { target, runtimeImport }: PrintOptions,
): void {
  const { service } = analyzed;
  const name = `${service.name}Operations`;
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
  switch (target) {
    case "ts":
      f.print(
        ...[f.export("const", name), ": ", printedType(f, analyzed, runtimeImport)],
        ...[" = ", printedValue(f, analyzed, runtimeImport), ";"],
      );
      break;
    case "js":
      f.print(f.export("const", name), " = ", printedValue(f, analyzed, runtimeImport), ";");
      break;
    case "dts":
      f.print(f.export("declare const", name), ": ", printedType(f, analyzed, runtimeImport), ";");
      break;
  }
  f.print();
}

function printedType(
  f: GeneratedFile,
  { service, operations }: AnalyzedService,
  runtimeImport: string,
): Printable {
  const OperationService = f.import("OperationService", runtimeImport, true);
  const OperationTypes = f.import("OperationTypes", runtimeImport, true);
  return [
    ...[OperationService, "<typeof ", f.importSchema(service, true), ", {\n"],
    ...operations.flatMap(({ method, response, metadata }) => [
      ...[f.jsDoc(method, "  "), "\n"],
      ...["  ", method.localName, ": ", OperationTypes],
      ...["<typeof ", f.importSchema(response, true)],
      ...[", typeof ", f.importSchema(metadata, true), ">;\n"],
    ]),
    "}>",
  ];
}

function printedValue(
  f: GeneratedFile,
  { service, operations }: AnalyzedService,
  runtimeImport: string,
): Printable {
  const operationService = f.import("operationService", runtimeImport);
  return [
    ...["/*@__PURE__*/ ", operationService, "(", f.importSchema(service), ", {\n"],
    ...operations.flatMap(({ method, response, metadata }) => [
      ...["  ", method.localName, ": { response: ", f.importSchema(response)],
      ...[", metadata: ", f.importSchema(metadata), " },\n"],
    ]),
    "})",
  ];
}
