// SPDX-License-Identifier: Apache-2.0

import { type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import { type CheckedFilter, checkFilter, matches, parseFilter } from "../../filter/index.ts";
import type { ServedMethod } from "../method.ts";
import type { ListFilter, ScannedRecord } from "../store.ts";
import type { MetadataView } from "./metadata-view.ts";

interface ListFilterOptions {
  readonly methods: ReadonlyMap<string, ServedMethod>;
  readonly metadataOf: MetadataView;
}

/**
 * The filter of a ListOperationsRequest; undefined for one that leaves nothing out.
 *
 * @throws FilterError
 * @see AIP-160
 */
export function listFilter(
  text: string,
  { methods, metadataOf }: ListFilterOptions,
): ListFilter | undefined {
  if (text === "") {
    return undefined;
  }
  const condition = checkFilter(parseFilter(text), { metadata: metadataTypes(methods) });
  return matchesAll(condition)
    ? undefined
    : { condition, matches: (record) => matches(condition, filterable(record, metadataOf)) };
}

function metadataTypes(methods: ReadonlyMap<string, ServedMethod>): readonly DescMessage[] {
  const types = [...methods.values()].map(({ metadata }) => metadata.schema);
  // What is declared as Any is of some other type each time.
  const byName = new Map(types.map((type) => [type.typeName, type]));
  byName.delete(AnySchema.typeName);
  return [...byName.values()];
}

function matchesAll(condition: CheckedFilter): boolean {
  return condition.kind === "and" && condition.operands.every(matchesAll);
}

/** What a filter sees of a record: what a caller would see of the operation. */
function filterable(record: ScannedRecord, metadataOf: MetadataView) {
  const { name, method, state, createTimeUs, endTimeUs, error } = record;
  return {
    name,
    method,
    done: state === "done",
    createTimeUs,
    endTimeUs,
    error: error && {
      code: error.code,
      get message() {
        return messageOf(error.status);
      },
    },
    get metadata() {
      return metadataOf(record);
    },
  };
}

function messageOf(status: Uint8Array): string {
  try {
    return fromBinary(StatusSchema, status).message;
  } catch {
    return "";
  }
}
