// SPDX-License-Identifier: Apache-2.0

import {
  type DescField,
  type DescMethod,
  getOption,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { FieldInfo_Format, field_info } from "../../../gen/google/api/field_info_pb.ts";
import { invalidRequestId } from "./start-errors.ts";

/** Where a method's requests have the id by which a repeated one is recognised. */
export interface RequestIdRule {
  /** The field that it stands in, for errors. */
  readonly fieldName: string;
  /** That field, unless it is up to the method where the id stands. */
  readonly field: DescField | undefined;
  /**
   * The id of a request, spelt as all equal ones are; `""` for none.
   *
   * @throws ConnectError if it is no valid one.
   */
  idOf(request: Message): string;
}

/** How `google.api.field_info` says where the id stands. */
const annotation = "(google.api.field_info).format = UUID4";
const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const printable = /^[\x20-\x7e]{1,128}$/;

interface RuleOptions {
  /** Where the method itself says what the id is. */
  readonly requestId: ((request: Message) => string) | undefined;
  readonly domain: string;
}

/**
 * The rule for a method; undefined if its requests have no ids.
 *
 * @throws Error if two fields could be the id, and none is called `request_id`.
 * @see AIP-155
 */
export function requestIdRule(
  method: DescMethod,
  { requestId, domain }: RuleOptions,
): RequestIdRule | undefined {
  if (requestId !== undefined) {
    return given(requestId, domain);
  }
  const fields = method.input.fields.filter(isUuid4);
  const field = fields.find(({ name }) => name === "request_id") ?? fields[0];
  if (fields.length > 1 && field?.name !== "request_id") {
    const names = fields.map(({ name }) => name).join(" and ");
    throw new Error(
      `${method.name} has several fields with ${annotation}, ${names}: say with \`requestId\` which one is the request's id`,
    );
  }
  return field === undefined ? undefined : annotated(field, domain);
}

function isUuid4(field: DescField): boolean {
  return (
    field.fieldKind === "scalar" &&
    field.scalar === ScalarType.STRING &&
    getOption(field, field_info).format === FieldInfo_Format.UUID4
  );
}

function annotated(field: DescField, domain: string): RequestIdRule {
  const { name } = field;
  return {
    fieldName: name,
    field,
    idOf(request) {
      const id = String(reflect(field.parent, request).get(field));
      if (id !== "" && !uuid4.test(id)) {
        throw invalidRequestId(name, { description: "must be a version 4 UUID", domain });
      }
      return id.toLowerCase();
    },
  };
}

function given(requestId: (request: Message) => string, domain: string): RequestIdRule {
  const fieldName = "request_id";
  return {
    fieldName,
    field: undefined,
    idOf(request) {
      const id: unknown = requestId(request);
      if (typeof id !== "string") {
        throw new TypeError(`Expected \`requestId\` to return a string, got ${typeof id}`);
      }
      if (id !== "" && !printable.test(id)) {
        const description = "must be printable ASCII, of at most 128 characters";
        throw invalidRequestId(fieldName, { description, domain });
      }
      return id;
    },
  };
}
