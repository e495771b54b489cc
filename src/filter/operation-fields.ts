// SPDX-License-Identifier: Apache-2.0

import { ScalarType } from "@bufbuild/protobuf";
import { CodeSchema } from "../../gen/google/rpc/code_pb.ts";
import type { CheckedFilter, FieldComparison } from "./checked-filter.ts";
import {
  convertBool,
  convertEnum,
  convertInteger,
  convertString,
  convertTimestamp,
} from "./convert.ts";
import { asksForPresence, type Operand } from "./literal.ts";
import type { Problem } from "./problem.ts";

/** The fields of an operation that can be compared, beside its metadata, by their paths. */
export const operationFields: ReadonlyMap<string, (operand: Operand) => CheckedFilter | Problem> =
  new Map<string, (operand: Operand) => CheckedFilter | Problem>([
    ["name", (operand) => compareString("name", operand)],
    ["method", (operand) => compareString("method", operand)],
    ["done", compareDone],
    ["create_time", (operand) => compareTime("create_time", operand)],
    ["end_time", (operand) => compareTime("end_time", operand)],
    ["error.code", compareCode],
    ["error.message", (operand) => compareString("error.message", operand)],
  ]);

function compareString(
  field: "name" | "method" | "error.message",
  operand: Operand,
): FieldComparison | Problem {
  if (asksForPresence(operand)) {
    return { kind: "compare", field, test: { kind: "string", operator: "!=", value: "" } };
  }
  const test = convertString(operand);
  return test.kind === "problem" ? test : { kind: "compare", field, test };
}

function compareDone(operand: Operand): FieldComparison | Problem {
  if (asksForPresence(operand)) {
    return { kind: "compare", field: "done", test: { kind: "bool", operator: "=", value: true } };
  }
  const test = convertBool(operand);
  return test.kind === "problem" ? test : { kind: "compare", field: "done", test };
}

/** By number, or by the name that google.rpc.Code has for it. */
function compareCode(operand: Operand): FieldComparison | Problem {
  const field = "error.code";
  if (asksForPresence(operand)) {
    return { kind: "compare", field, test: { kind: "integer", operator: "!=", value: 0n } };
  }
  const test = /^[A-Za-z]/.test(operand.literal.text)
    ? convertEnum(CodeSchema, operand)
    : convertInteger(ScalarType.INT32, operand);
  return test.kind === "problem"
    ? test
    : { kind: "compare", field, test: { ...test, kind: "integer", value: BigInt(test.value) } };
}

function compareTime(field: "create_time" | "end_time", operand: Operand): CheckedFilter | Problem {
  const isSet: CheckedFilter =
    field === "end_time" ? { kind: "present", field } : { kind: "and", operands: [] };
  if (asksForPresence(operand)) {
    return isSet;
  }
  const converted = convertTimestamp(operand);
  if (converted.kind === "problem") {
    return converted;
  }
  const { operator, value: nanos } = converted;
  const value = (nanos - (((nanos % 1000n) + 1000n) % 1000n)) / 1000n;
  if (nanos % 1000n === 0n) {
    return { kind: "compare", field, test: { kind: "microseconds", operator, value } };
  }
  // It lies between two microseconds, and so never equals one.
  switch (operator) {
    case "=":
      return { kind: "or", operands: [] };
    case "!=":
      return isSet;
    case "<":
    case "<=":
      return { kind: "compare", field, test: { kind: "microseconds", operator: "<=", value } };
    default:
      return { kind: "compare", field, test: { kind: "microseconds", operator: ">", value } };
  }
}
