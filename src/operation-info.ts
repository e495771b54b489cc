// SPDX-License-Identifier: Apache-2.0

import type { AnyDesc, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import { OperationSchema, operation_info } from "../gen/google/longrunning/operations_pb.ts";

/** A long-running method, with the types that its `operation_info` names. */
export interface OperationMethod {
  readonly method: DescMethod;
  readonly response: DescMessage;
  readonly metadata: DescMessage;
}

/** Something that a service's author should mend, or know. */
export interface OperationProblem {
  readonly method: DescMethod;
  readonly severity: "error" | "warning";
  /** One line that says what is wrong, without the place. */
  readonly message: string;
}

/** What the methods of a service declare about their operations. */
export interface OperationAnalysis {
  readonly operations: readonly OperationMethod[];
  readonly problems: readonly OperationProblem[];
}

/**
 * Reads the `google.longrunning.operation_info` of every method of a service.
 *
 * `find` looks up a type by its full name. A name without a dot is looked up in the package of the
 * service, any other as it stands, and, should that fail, by protobuf's scoping from the service
 * outwards, with a warning, since other generators refuse it.
 *
 * @see AIP-151
 */
export function analyzeOperations(
  service: DescService,
  find: (typeName: string) => AnyDesc | undefined,
): OperationAnalysis {
  const operations: OperationMethod[] = [];
  const problems: OperationProblem[] = [];
  for (const method of service.methods) {
    if (!isLongRunning(method)) {
      continue;
    }
    const problem = (severity: "error" | "warning", message: string) => {
      problems.push({ method, severity, message });
    };
    if (method.methodKind !== "unary") {
      problem("error", "google.longrunning.Operation must not be streamed");
      continue;
    }
    if (!hasOption(method, operation_info)) {
      problem(
        "warning",
        "returns google.longrunning.Operation but has no (google.longrunning.operation_info) option; its result stays untyped",
      );
      continue;
    }
    const info = getOption(method, operation_info);
    const response = resolve("response_type", info.responseType);
    const metadata = resolve("metadata_type", info.metadataType);
    if (response !== undefined && metadata !== undefined) {
      operations.push({ method, response, metadata });
    }

    function resolve(field: string, name: string): DescMessage | undefined {
      if (name === "") {
        problem("error", `operation_info.${field} is required`);
        return undefined;
      }
      const scope = scopedNames(service, name).find((candidate) => find(candidate) !== undefined);
      const type = scope === undefined ? undefined : find(scope);
      if (scope === undefined || type === undefined) {
        const wanted = scopedNames(service, name)[0] ?? name;
        problem(
          "error",
          `operation_info.${field} "${name}" not found (looked for ${wanted}). Types in another package need the full name`,
        );
        return undefined;
      }
      if (type.kind !== "message") {
        problem("error", `operation_info.${field} "${name}" is ${kinds[type.kind]}, not a message`);
        return undefined;
      }
      if (scope !== scopedNames(service, name)[0]) {
        problem(
          "warning",
          `operation_info.${field} "${name}" was found as ${scope}; other generators need the full name`,
        );
      }
      return type;
    }
  }
  return { operations, problems };
}

/** Whether a method answers with `google.longrunning.Operation`, and is not itself of that API. */
export function isLongRunning(method: DescMethod): boolean {
  return (
    method.output.typeName === OperationSchema.typeName &&
    method.parent.file.proto.package !== OperationSchema.file.proto.package
  );
}

const kinds: Record<AnyDesc["kind"], string> = {
  file: "a file",
  enum: "an enum",
  enum_value: "an enum value",
  message: "a message",
  field: "a field",
  extension: "an extension",
  oneof: "a oneof",
  service: "a service",
  rpc: "an RPC",
};

// The full names that a type name in an annotation can mean, the best first.
function scopedNames(service: DescService, name: string): string[] {
  if (name.startsWith(".")) {
    return [name.slice(1)];
  }
  const scopes = [];
  for (let scope = service.typeName; scope !== ""; scope = parentOf(scope)) {
    scopes.push(`${scope}.${name}`);
  }
  const inPackage =
    service.file.proto.package === "" ? name : `${service.file.proto.package}.${name}`;
  return name.includes(".") ? [name, ...scopes] : [inPackage];
}

function parentOf(scope: string): string {
  return scope.slice(0, Math.max(0, scope.lastIndexOf(".")));
}
