// SPDX-License-Identifier: Apache-2.0

import type { DescField } from "@bufbuild/protobuf";
import type { ReflectList, ReflectMessage } from "@bufbuild/protobuf/reflect";
import type { Binding } from "./binding.ts";
import {
  branchOf,
  type FieldPath,
  makeHolder,
  overlaps,
  printFieldPath,
  readFieldPath,
} from "./field-path.ts";
import { isSystemParameter, type QueryParameter, readQuery } from "./query.ts";
import { requestProblem } from "./request-problem.ts";
import { readText, type TextField, textFieldOf, writeText } from "./text-value.ts";

const deepestPath = 32;

/**
 * Sets the fields that the parameters of a query name. What path and body say is never overridden.
 *
 * @throws ConnectError INVALID_ARGUMENT
 */
export function decodeQuery(
  query: string,
  target: {
    readonly binding: Binding;
    readonly message: ReflectMessage;
    readonly ignoreUnknown: boolean;
  },
): void {
  const { binding, message, ignoreUnknown } = target;
  const given = new Set<string>();
  for (const { name, value } of readQuery(query)) {
    const path = name.startsWith("$") ? undefined : pathOf(name, { binding, ignoreUnknown });
    if (path !== undefined) {
      setField(message, { name, path, value, given });
    }
  }
}

/** Undefined: the parameter is to be ignored. */
function pathOf(
  name: string,
  { binding, ignoreUnknown }: { readonly binding: Binding; readonly ignoreUnknown: boolean },
): FieldPath | undefined {
  const names = name.split(".", deepestPath + 1);
  if (names.length > deepestPath) {
    throw requestProblem(name.slice(0, 100), `more than ${deepestPath} fields deep`);
  }
  const reading = readFieldPath(binding.method.input, names);
  if (reading.kind === "path") {
    const owner = ownerOf(reading.path, binding);
    if (owner !== undefined) {
      throw requestProblem(name, `${owner} says this, and a query does not override it`);
    }
    return reading.path;
  }
  if (reading.kind === "unknown" && (ignoreUnknown || isSystemParameter(name))) {
    return undefined;
  }
  throw requestProblem(name.slice(0, 100), reading.problem);
}

/** The other part of a request that a field travels in; undefined: it travels in the query. */
function ownerOf(
  path: FieldPath,
  { variables, body }: Binding,
): "the path" | "the body" | undefined {
  if (variables.some((variable) => overlaps(variable, path))) {
    return "the path";
  }
  return body.kind === "whole" || (body.kind === "field" && overlaps([body.field], path))
    ? "the body"
    : undefined;
}

function setField(
  message: ReflectMessage,
  parameter: {
    readonly name: string;
    readonly path: FieldPath;
    readonly value: string;
    readonly given: Set<string>;
  },
): void {
  const { name, path, value, given } = parameter;
  const last = path.at(-1);
  const field = last === undefined ? undefined : textFieldOf(last);
  if (field === undefined) {
    throw requestProblem(name, "a map or a message cannot stand in a query");
  }
  refuseSecondOfOneof(message, { name, path });
  const holder = makeHolder(message, path);
  try {
    const read = readText(field, value);
    if (field.fieldKind === "list") {
      holder.get(field).add(read);
      return;
    }
    holder.set(field, read);
  } catch (cause) {
    throw requestProblem(name, cause);
  }
  const key = printFieldPath(path);
  if (given.has(key)) {
    throw requestProblem(name, "this field has a single value, and is given twice");
  }
  given.add(key);
}

function refuseSecondOfOneof(
  message: ReflectMessage,
  { name, path }: { readonly name: string; readonly path: FieldPath },
): void {
  let holder: ReflectMessage | undefined = message;
  for (const field of path) {
    const other: DescField | undefined =
      field.oneof === undefined ? undefined : holder.oneofCase(field.oneof);
    if (other !== undefined && other.number !== field.number) {
      throw requestProblem(name, `${other.name} is given too, and only one of them may be`);
    }
    if (branchOf(field) === undefined || field.fieldKind !== "message" || !holder.isSet(field)) {
      return;
    }
    holder = holder.get(field);
  }
}

/**
 * The parameters for all fields that neither path nor body hold.
 *
 * @throws Error that names a field that cannot stand in a query.
 */
export function encodeQuery(message: ReflectMessage, binding: Binding): QueryParameter[] {
  return binding.body.kind === "whole" ? [] : [...parametersOf(message, { binding, above: [] })];
}

function* parametersOf(
  message: ReflectMessage,
  { binding, above }: { readonly binding: Binding; readonly above: FieldPath },
): Generator<QueryParameter> {
  for (const field of message.fields) {
    const path = [...above, field];
    if (!message.isSet(field) || isHeld(path, binding)) {
      continue;
    }
    const name = path.map(({ jsonName }) => jsonName).join(".");
    const text = textFieldOf(field);
    if (text !== undefined) {
      for (const value of valuesOf(message, text)) {
        yield { name, value: writeText(text, value) };
      }
    } else if (field.fieldKind === "message" && branchOf(field) !== undefined) {
      const inner = [...parametersOf(message.get(field), { binding, above: path })];
      if (inner.length === 0 && field.oneof !== undefined && !holdsVariable(path, binding)) {
        throw new Error(`${printFieldPath(path)} is chosen but empty, which no query can say`);
      }
      yield* inner;
    } else {
      throw new Error(`${printFieldPath(path)} cannot stand in a query`);
    }
  }
}

function isHeld(path: FieldPath, { variables, body }: Binding): boolean {
  return (
    variables.some((variable) => variable.length === path.length && overlaps(variable, path)) ||
    (body.kind === "field" && overlaps([body.field], path))
  );
}

function holdsVariable(path: FieldPath, { variables }: Binding): boolean {
  return variables.some((variable) => overlaps(variable, path));
}

function valuesOf(message: ReflectMessage, field: TextField): Iterable<unknown> {
  return field.fieldKind === "list" ? (message.get(field) as ReflectList) : [message.get(field)];
}
