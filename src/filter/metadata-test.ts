// SPDX-License-Identifier: Apache-2.0

import type { DescField } from "@bufbuild/protobuf";
import type { JsonTest } from "./json-test.ts";
import type { ValueTest } from "./value-test.ts";

/** What a field of a message has to pass. */
export interface MessageTest {
  readonly field: DescField;
  readonly test: FieldTest;
}

/**
 * What the value of a field, or of an entry of a map, or an element of a list has to pass. A message
 * that is not set, and a key that a map does not have, pass nothing.
 *
 * - `present`: a message that is set, a list or a map that is not empty, a scalar that is set or, if
 *   its type cannot tell, is not zero.
 * - `value`: the value itself.
 * - `message`: a field of the message.
 * - `some`: one element of the list.
 * - `key`: the map has the key.
 * - `entry`: the map has the key, and the value there.
 * - `json`: a place in a `google.protobuf.Struct`, `Value` or `ListValue`.
 */
export type FieldTest =
  | { readonly kind: "present" }
  | { readonly kind: "value"; readonly test: ValueTest }
  | { readonly kind: "message"; readonly test: MessageTest }
  | { readonly kind: "some"; readonly test: FieldTest }
  | { readonly kind: "key"; readonly key: MapKey }
  | { readonly kind: "entry"; readonly key: MapKey; readonly test: FieldTest }
  | { readonly kind: "json"; readonly test: JsonTest };

/** The key of a map, of the type that its field declares. */
export type MapKey = string | number | bigint | boolean;
