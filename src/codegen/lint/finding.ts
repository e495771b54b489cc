// SPDX-License-Identifier: Apache-2.0

import type { DescFile, DescMethod } from "@bufbuild/protobuf";
import { MethodDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import {
  OperationInfoSchema,
  operation_info,
} from "../../../gen/google/longrunning/operations_pb.ts";
import type { OperationInfoField } from "../../operation-info.ts";
import { sourcePath } from "../source-path.ts";
import type { Finding } from "./check.ts";

/**
 * A finding about a method or, if an option of it is given, about that option: its number, and that
 * of the field in it.
 */
export function methodFinding(
  method: DescMethod,
  message: string,
  option: readonly number[] = [],
): Finding {
  const { file } = method.parent;
  const path = sourcePath(method);
  const options = [...path, MethodDescriptorProtoSchema.field.options.number];
  // An unset field has no place, and an option that is written field by field has none either.
  const places = [
    [...options, ...option],
    [...options, ...option.slice(0, 1)],
  ];
  const place = option.length > 0 ? places.find((candidate) => isPlace(file, candidate)) : path;
  return { file, path: place ?? path, message: `${method.name}: ${message}` };
}

/** A finding about one half of a method's `operation_info`. */
export function typeFinding(
  method: DescMethod,
  message: string,
  field: OperationInfoField,
): Finding {
  const { number } = field === "response_type" ? responseType : metadataType;
  return methodFinding(method, message, [operation_info.number, number]);
}

const { responseType, metadataType } = OperationInfoSchema.field;

function isPlace({ proto }: DescFile, path: readonly number[]): boolean {
  const locations = proto.sourceCodeInfo?.location ?? [];
  return locations.some(
    (l) => l.path.length === path.length && l.path.every((n, i) => n === path[i]),
  );
}
