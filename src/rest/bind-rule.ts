// SPDX-License-Identifier: Apache-2.0

import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { HttpRule } from "../../gen/google/api/http_pb.ts";
import type { Binding, BodyBinding, RestMethod } from "./binding.ts";
import { type FieldPath, readFieldPath } from "./field-path.ts";
import { type PathTemplate, parseTemplate } from "./template.ts";
import { textFieldOf } from "./text-value.ts";

/**
 * Checks one rule, without its additional bindings, against the method that it binds.
 *
 * @throws Error that says what is wrong with the rule, and how to mend it.
 */
export function bindRule(method: RestMethod, rule: HttpRule): Binding {
  const { httpMethod, path } = patternOf(rule);
  try {
    const template = parseTemplate(path);
    return {
      method,
      httpMethod,
      template,
      variables: bindVariables(method.input, template),
      body: bindBody(method.input, rule.body),
      responseBody: bindResponseBody(method.output, rule.responseBody),
    };
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${httpMethod} ${JSON.stringify(path)}: ${problem}`, { cause });
  }
}

function patternOf({ pattern }: HttpRule): { readonly httpMethod: string; readonly path: string } {
  switch (pattern.case) {
    case undefined:
      throw new Error(
        "the rule binds nothing; set get, put, post, delete, patch or custom to a path",
      );
    case "custom": {
      const { kind, path } = pattern.value;
      if (!/^(?:\*|[\w!#$%&'+\-.^`|~]+)$/.test(kind)) {
        throw new Error(`the kind ${JSON.stringify(kind)} of custom is no HTTP method, nor "*"`);
      }
      return { httpMethod: kind.toUpperCase(), path };
    }
    default:
      return { httpMethod: pattern.case.toUpperCase(), path: pattern.value };
  }
}

function bindVariables(input: DescMessage, { variables }: PathTemplate): FieldPath[] {
  return variables.map(({ fieldPath }) => {
    const name = fieldPath.join(".");
    const reading = readFieldPath(input, fieldPath);
    if (reading.kind !== "path") {
      throw new Error(`{${name}}: ${reading.problem}; name a field of the request`);
    }
    const field = reading.path.at(-1);
    if (field === undefined || field.fieldKind === "list" || field.fieldKind === "map") {
      throw new Error(`{${name}}: the field is repeated; name one that has a single value`);
    }
    if (textFieldOf(field) === undefined) {
      throw new Error(`{${name}}: a message cannot stand in a path; name a field within it`);
    }
    return reading.path;
  });
}

function bindBody(input: DescMessage, body: string): BodyBinding {
  switch (body) {
    case "":
      return { kind: "none" };
    case "*":
      return { kind: "whole" };
    default:
      return { kind: "field", field: topLevel(input, { key: "body", name: body }) };
  }
}

function bindResponseBody(output: DescMessage, name: string): DescField | undefined {
  return name === "" ? undefined : topLevel(output, { key: "response_body", name });
}

function topLevel(
  type: DescMessage,
  { key, name }: { readonly key: "body" | "response_body"; readonly name: string },
): DescField {
  const field = type.fields.find((candidate) => candidate.name === name);
  if (field !== undefined) {
    return field;
  }
  const other = key === "body" ? ', or "*" for all that the path does not name' : "";
  const problem = `${type.typeName} has no field ${JSON.stringify(name)}`;
  throw new Error(`${key}: ${problem}; name one of its own fields${other}`);
}
