// SPDX-License-Identifier: Apache-2.0

import type { DescField, DescMethodServerStreaming, DescMethodUnary } from "@bufbuild/protobuf";
import type { FieldPath } from "./field-path.ts";
import type { PathTemplate } from "./template.ts";

/** A method that REST can express: clients do not stream to it. */
export type RestMethod = DescMethodUnary | DescMethodServerStreaming;

/** Where the body of a request goes: nowhere, into the whole message, or into one of its fields. */
export type BodyBinding =
  | { readonly kind: "none" }
  | { readonly kind: "whole" }
  | { readonly kind: "field"; readonly field: DescField };

/** One way to call a method over REST: a `google.api.HttpRule` that was checked against the method. */
export interface Binding {
  readonly method: RestMethod;
  /** `GET`, `POST`, …; `*` stands for any. */
  readonly httpMethod: string;
  readonly template: PathTemplate;
  /** The fields of the template's variables, in the same order. */
  readonly variables: readonly FieldPath[];
  readonly body: BodyBinding;
  /** The field of the response that is the body of the answer; undefined: the whole response is. */
  readonly responseBody: DescField | undefined;
}
