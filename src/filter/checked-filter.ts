// SPDX-License-Identifier: Apache-2.0

import type { DescMessage } from "@bufbuild/protobuf";
import type { FieldTest } from "./metadata-test.ts";
import type { Pattern } from "./pattern.ts";
import type {
  BoolTest,
  IntegerTest,
  MicrosecondsTest,
  PatternTest,
  StringTest,
} from "./value-test.ts";

/**
 * A filter whose fields exist and whose values have their types: plain data, to be evaluated or
 * translated. An `and` of nothing matches everything, an `or` of nothing matches nothing.
 *
 * Every node is either true or false for an operation, and `not` is plain Boolean. A comparison with
 * something unset is false, `!=` included; so a store that translates one into SQL has to make false
 * of NULL before it negates it.
 */
export type CheckedFilter =
  | { readonly kind: "and" | "or"; readonly operands: readonly CheckedFilter[] }
  | { readonly kind: "not"; readonly operand: CheckedFilter }
  | FilterLeaf;

/** What a filter consists of in the end. */
export type FilterLeaf = FieldComparison | FieldPresence | TextSearch | MetadataComparison;

/** A comparison of a field that each operation has outside its metadata. */
// biome-ignore format: a table reads better.
export type FieldComparison = { readonly kind: "compare" } & (
  | { readonly field: "name" | "method";           readonly test: StringTest | PatternTest }
  | { readonly field: "done";                      readonly test: BoolTest }
  | { readonly field: "create_time" | "end_time";  readonly test: MicrosecondsTest }
  | { readonly field: "error.code";                readonly test: IntegerTest }
  | { readonly field: "error.message";             readonly test: StringTest | PatternTest }
);

/** Whether an operation has an error, metadata, or an end. */
export interface FieldPresence {
  readonly kind: "present";
  readonly field: "error" | "metadata" | "end_time";
}

/** Whether the name or the error's message, with their case folded, match the pattern as a whole. */
export interface TextSearch {
  readonly kind: "search";
  readonly pattern: Pattern;
}

/** A comparison within the metadata, for each type in which the path exists and the value fits. */
export interface MetadataComparison {
  readonly kind: "metadata";
  /** By the full name of the type. Metadata of any other type does not match. */
  readonly types: ReadonlyMap<string, MetadataTypeTest>;
}

/** What metadata of one type has to pass, as if it were the value of a field. */
export interface MetadataTypeTest {
  readonly type: DescMessage;
  readonly test: FieldTest;
}
