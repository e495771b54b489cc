// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, DescMethod, DescService, Registry } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import { OperationSchema, operation_info } from "../gen/google/longrunning/operations_pb.ts";

/** A long-running method, with the types that its `operation_info` names. */
export interface LongRunningMethod {
  readonly method: DescMethod;
  readonly response: DescMessage;
  readonly metadata: DescMessage;
}

/** What an `operation_info` consists of. */
export type OperationInfoField = "response_type" | "metadata_type";

/** Something that a service's author should mend, or know. */
export interface OperationProblem {
  readonly method: DescMethod;
  /**
   * - `invalid`: the method cannot be used as it stands.
   * - `missing`: there is no annotation, so the method stays untyped.
   * - `inexact`: the types are clear, but not to other generators.
   */
  readonly kind: "invalid" | "missing" | "inexact";
  /** The half of the annotation that is at fault, if it is one of them. */
  readonly field: OperationInfoField | undefined;
  /** One line that says what is wrong, without the place. */
  readonly message: string;
}

/** What the methods of a service declare about their operations. */
export interface OperationAnalysis {
  /** The methods whose types are known, in the order of the source. */
  readonly operations: readonly LongRunningMethod[];
  readonly problems: readonly OperationProblem[];
}

/** Where the types that annotations name are looked up. */
export interface TypeSource {
  /** The type of this full name. */
  find(typeName: string): ReturnType<Registry["get"]>;
  /** What `find` goes through, for messages: `12 files`. */
  readonly extent: string;
  /** What to do about a type that exists and is not found, for messages. */
  readonly remedy: string;
}

/**
 * Reads the `google.longrunning.operation_info` of every method of a service.
 *
 * A name without a dot is looked up in the package of the service, one with a leading dot as it
 * stands. Any other is a full name; only if there is no such type is it looked up as protobuf itself
 * does, from the service outwards, and reported, since other generators refuse it.
 *
 * @see AIP-151
 */
export function analyzeOperations(service: DescService, types: TypeSource): OperationAnalysis {
  const operations: LongRunningMethod[] = [];
  const problems: OperationProblem[] = [];
  for (const method of service.methods.filter(returnsOperation)) {
    const reportOf =
      (field?: OperationInfoField): Report =>
      (kind, message) =>
        problems.push({ method, kind, field, message });
    const report = reportOf();
    if (method.methodKind !== "unary") {
      report("invalid", notUnary[method.methodKind]);
    } else if (!hasOption(method, operation_info)) {
      report("missing", noAnnotation);
    } else {
      const { responseType, metadataType } = getOption(method, operation_info);
      const lookUp = (field: OperationInfoField, name: string) =>
        resolve(service, { field, name, types, report: reportOf(field) });
      const response = lookUp("response_type", responseType);
      const metadata = lookUp("metadata_type", metadataType);
      if (response !== undefined && metadata !== undefined) {
        operations.push({ method, response, metadata });
      }
    }
  }
  return { operations, problems };
}

/**
 * Whether a method answers one request with one `google.longrunning.Operation`, and is not itself of
 * that API. Types are compared by name, so that any package's generated code will do.
 */
export function isLongRunning(method: DescMethod): boolean {
  return method.methodKind === "unary" && returnsOperation(method);
}

function returnsOperation(method: DescMethod): boolean {
  return (
    method.output.typeName === OperationSchema.typeName &&
    method.parent.file.proto.package !== OperationSchema.file.proto.package
  );
}

type Report = (kind: OperationProblem["kind"], message: string) => void;

interface Reference {
  readonly field: OperationInfoField;
  readonly name: string;
  readonly types: TypeSource;
  readonly report: Report;
}

function resolve(service: DescService, reference: Reference): DescMessage | undefined {
  const { field, name, types, report } = reference;
  if (name === "") {
    report("invalid", `operation_info.${field} is required`);
    return undefined;
  }
  const quoted = `operation_info.${field} "${name}"`;
  const [exact, ...others] = candidates(service, name);
  const found = [exact, ...others].find((candidate) => types.find(candidate) !== undefined);
  const type = found === undefined ? undefined : types.find(found);
  if (type === undefined) {
    report(
      "invalid",
      `${quoted} not found (looked for ${exact} in ${types.extent}). Types in another package need the full name. If it exists: ${types.remedy}`,
    );
    return undefined;
  }
  if (type.kind !== "message") {
    report("invalid", `${quoted} is ${kinds[type.kind]}, not a message`);
    return undefined;
  }
  if (found !== exact) {
    report("inexact", `${quoted} was found as ${found}; other generators need that full name`);
  }
  return type;
}

/** The full names that a name in an annotation can stand for, the exact one first. */
function candidates(service: DescService, name: string): [string, ...string[]] {
  const { package: packageName } = service.file.proto;
  if (name.startsWith(".")) {
    return [name.slice(1)];
  }
  if (!name.includes(".")) {
    return [packageName === "" ? name : `${packageName}.${name}`];
  }
  const scopes = service.typeName.split(".");
  return [name, ...scopes.map((_, i) => [...scopes.slice(0, scopes.length - i), name].join("."))];
}

const kinds = { enum: "an enum", extension: "an extension", service: "a service" };

const noAnnotation =
  "returns google.longrunning.Operation but has no (google.longrunning.operation_info) option; its result stays untyped";

const streamed = "google.longrunning.Operation must not be streamed";
const notUnary: Readonly<Record<Exclude<DescMethod["methodKind"], "unary">, string>> = {
  server_streaming: streamed,
  bidi_streaming: streamed,
  client_streaming: "returns google.longrunning.Operation, so its request must not be streamed",
};
