// SPDX-License-Identifier: Apache-2.0

/** The options of `protoc-gen-longrunning` itself; protoplugin adds those of every generator. */
export interface LongrunningOptions {
  /** What a method without `operation_info` is. Default: `warn`. */
  readonly missingOperationInfo: "error" | "warn" | "ignore";
  /**
   * The module that generated code imports. Default: `longrunning/operation-service`, which loads
   * nothing else of this package.
   */
  readonly runtimeImport: string;
}

/**
 * Reads `missing_operation_info=error|warn|ignore` and `runtime_import=<module>`.
 *
 * @throws Error if an option is not known, or its value is none of those.
 */
export function parseOptions(
  rawOptions: readonly { readonly key: string; readonly value: string }[],
): LongrunningOptions {
  let missingOperationInfo: LongrunningOptions["missingOperationInfo"] = "warn";
  let runtimeImport = "longrunning/operation-service";
  for (const { key, value } of rawOptions) {
    switch (key) {
      case "missing_operation_info":
        if (value !== "error" && value !== "warn" && value !== "ignore") {
          throw new Error("missing_operation_info must be error, warn or ignore");
        }
        missingOperationInfo = value;
        break;
      case "runtime_import":
        if (value === "") {
          throw new Error("runtime_import must name a module");
        }
        runtimeImport = value;
        break;
      default:
        throw new Error(`${key} is not an option of protoc-gen-longrunning`);
    }
  }
  return { missingOperationInfo, runtimeImport };
}
