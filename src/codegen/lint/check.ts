// SPDX-License-Identifier: Apache-2.0

import type { DescFile, DescMethod } from "@bufbuild/protobuf";
import type { LongRunningMethod, OperationProblem } from "../../operation-info.ts";

/** Finds what a method does against a rule. */
export type Check = (subject: Subject) => Iterable<Finding>;

/** A method, with what the analysis of its service says of it. */
export interface Subject {
  readonly method: DescMethod;
  /** Its types, unless its annotation is missing or wrong. */
  readonly operation: LongRunningMethod | undefined;
  readonly problems: readonly OperationProblem[];
}

/** Something that goes against a rule. */
export interface Finding {
  readonly file: DescFile;
  /** The place, as `google.protobuf.SourceCodeInfo` counts. */
  readonly path: readonly number[];
  /** One line that says what to do. */
  readonly message: string;
}
