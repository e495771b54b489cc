// SPDX-License-Identifier: Apache-2.0

import { fromBinary } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { foldCase } from "./case-folding.ts";
import type {
  CheckedFilter,
  FieldComparison,
  FieldPresence,
  MetadataComparison,
  MetadataTypeTest,
  TextSearch,
} from "./checked-filter.ts";
import { passes } from "./metadata-evaluation.ts";
import { matchesPattern } from "./pattern.ts";
import type { StepCounter } from "./step-counter.ts";
import { valuePasses } from "./value-evaluation.ts";

/** What a filter reads of an operation. */
export interface FilterableOperation {
  readonly name: string;
  /** The full name of the method that started it: `acme.v1.Library/Reindex`. */
  readonly method: string;
  readonly done: boolean;
  /** Microseconds since the Unix epoch. */
  readonly createTimeUs: number;
  /** Microseconds since the Unix epoch; undefined until it is done. */
  readonly endTimeUs?: number | undefined;
  /** What it failed with. It may be a getter: it is read at most once, and only if needed. */
  readonly error?: FilterableError | undefined;
  /**
   * Its metadata as its callers see it. It may be a getter, too: it is read, and decoded, at most
   * once, and only if needed.
   */
  readonly metadata?: { readonly typeUrl: string; readonly value: Uint8Array } | undefined;
}

/** The error of an operation that failed. */
export interface FilterableError {
  readonly code: number;
  /** It may be a getter, too: it is read at most once, and only if needed. */
  readonly message: string;
}

/** Options of `matches`. */
export interface MatchOptions {
  /** Counts the work, which is linear in the size of the filter times that of the operation. */
  readonly steps?: StepCounter | undefined;
}

/**
 * Whether an operation matches a filter. Metadata that does not decode, or is of a type that the
 * filter was not checked against, matches no comparison.
 */
export function matches(
  filter: CheckedFilter,
  operation: FilterableOperation,
  options: MatchOptions = {},
): boolean {
  return evaluate(filter, readingOf(operation, options.steps ?? { count: 0 }));
}

/** An operation while it is being evaluated; each part is made once, when it is first needed. */
interface Reading {
  readonly operation: FilterableOperation;
  readonly steps: StepCounter;
  readonly error: () => FilterableError | undefined;
  readonly message: () => string | undefined;
  /** The name and the error's message, with their case folded. */
  readonly searched: () => readonly string[];
  readonly packed: () => FilterableOperation["metadata"];
  /** The metadata, decoded, with what it has to pass as metadata of its type. */
  readonly metadata: (types: MetadataComparison["types"]) => MetadataReading | undefined;
}

interface MetadataReading {
  readonly test: MetadataTypeTest["test"];
  readonly message: ReflectMessage;
}

function evaluate(filter: CheckedFilter, reading: Reading): boolean {
  reading.steps.count++;
  switch (filter.kind) {
    case "and":
      return filter.operands.every((operand) => evaluate(operand, reading));
    case "or":
      return filter.operands.some((operand) => evaluate(operand, reading));
    case "not":
      return !evaluate(filter.operand, reading);
    case "compare": {
      const value = fieldOf(filter.field, reading);
      return value !== undefined && valuePasses(filter.test, value, reading.steps);
    }
    case "present":
      return isPresent(filter.field, reading);
    case "search":
      return found(filter, reading);
    case "metadata": {
      const metadata = reading.metadata(filter.types);
      return metadata !== undefined && passes(metadata.test, metadata.message, reading.steps);
    }
  }
}

function fieldOf(field: FieldComparison["field"], { operation, error, message }: Reading) {
  switch (field) {
    case "name":
      return operation.name;
    case "method":
      return operation.method;
    case "done":
      return operation.done;
    case "create_time":
      return operation.createTimeUs;
    case "end_time":
      return operation.endTimeUs;
    case "error.code":
      return error()?.code;
    case "error.message":
      return message();
  }
}

function isPresent(field: FieldPresence["field"], { operation, error, packed }: Reading): boolean {
  switch (field) {
    case "error":
      return error() !== undefined;
    case "metadata":
      return packed() !== undefined;
    case "end_time":
      return operation.endTimeUs !== undefined;
  }
}

function found({ pattern }: TextSearch, { searched, steps }: Reading): boolean {
  return searched().some((text) => matchesPattern(pattern, text, steps));
}

function readingOf(operation: FilterableOperation, steps: StepCounter): Reading {
  const error = once(() => operation.error);
  const message = once(() => error()?.message);
  const searched = once(() => {
    const texts = [operation.name, message() ?? ""].map(foldCase);
    steps.count += texts.join("").length;
    return texts;
  });
  const packed = once(() => operation.metadata);
  let decoded: { readonly message: ReflectMessage | undefined } | undefined;
  const metadata = (types: MetadataComparison["types"]): MetadataReading | undefined => {
    const { typeUrl = "", value = new Uint8Array() } = packed() ?? {};
    const found = types.get(typeUrl.slice(typeUrl.lastIndexOf("/") + 1));
    if (found === undefined) {
      return undefined;
    }
    if (decoded === undefined) {
      steps.count += value.length;
      decoded = { message: decode(found.type, value) };
    }
    const { message } = decoded;
    return message && { test: found.test, message };
  };
  return { operation, steps, error, message, searched, packed, metadata };
}

function decode(type: MetadataTypeTest["type"], value: Uint8Array): ReflectMessage | undefined {
  try {
    return reflect(type, fromBinary(type, value, { readUnknownFields: false }), false);
  } catch {
    return undefined;
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
