// SPDX-License-Identifier: Apache-2.0

import type { FilterableOperation } from "../../src/filter/index.ts";
import { Copy, operationOf, pack, Reindex, Unserved } from "./library.ts";

/** An operation as the reference sees it: fields by their paths, those that are unset left out. */
export type Model = ReadonlyMap<string, ModelValue>;
export type ModelValue = string | number | bigint | boolean | readonly ModelValue[];

/** What is drawn for an operation. */
export interface Draft {
  readonly name: string;
  readonly createTimeUs: number;
  readonly endTimeUs: number | undefined;
  readonly error: { readonly code: number; readonly message: string } | undefined;
  readonly metadata: DraftMetadata | undefined;
}

export type DraftMetadata =
  | {
      readonly kind: "reindex";
      readonly filesDone: number;
      readonly bytes: bigint;
      readonly path: string;
      readonly state: string;
      readonly tags: readonly string[];
      readonly label: string | undefined;
      readonly limit: number | undefined;
      readonly progress: { readonly percent: number } | undefined;
      readonly elapsedMs: number | undefined;
    }
  | { readonly kind: "copy"; readonly filesDone: string; readonly percent: number | undefined }
  | { readonly kind: "unserved" }
  | { readonly kind: "broken" };

/** The operation itself. */
export function operationFrom(draft: Draft): FilterableOperation {
  const { metadata, ...fields } = draft;
  return operationOf({
    ...fields,
    done: draft.endTimeUs !== undefined,
    metadata: metadata && packed(metadata),
  });
}

function packed(metadata: DraftMetadata) {
  switch (metadata.kind) {
    case "reindex": {
      const { label, limit, progress, elapsedMs } = metadata;
      return pack(Reindex, {
        files_done: metadata.filesDone,
        bytes: String(metadata.bytes),
        current_path: metadata.path,
        state: metadata.state,
        tags: [...metadata.tags],
        ...(label !== undefined && { labels: { k: label } }),
        ...(limit !== undefined && { limit }),
        ...(progress !== undefined && { progress }),
        ...(elapsedMs !== undefined && { elapsed: `${elapsedMs / 1000}s` }),
      });
    }
    case "copy": {
      const { percent } = metadata;
      const progress = percent !== undefined && { progress: { percent } };
      return pack(Copy, { files_done: metadata.filesDone, ...progress });
    }
    case "unserved":
      return pack(Unserved, { bucket: "a" });
    case "broken":
      return { typeUrl: `x/${Reindex.typeName}`, value: Uint8Array.of(8) };
  }
}

/** The same as the reference sees it. */
export function modelOf(draft: Draft): Model {
  const { name, createTimeUs, endTimeUs, error, metadata } = draft;
  const entries: Record<string, ModelValue | undefined> = {
    name,
    done: endTimeUs !== undefined,
    create_time: createTimeUs,
    end_time: endTimeUs,
    "error.code": error?.code,
    "error.message": error?.message,
  };
  if (metadata?.kind === "reindex") {
    entries["metadata.files_done"] = metadata.filesDone;
    entries["metadata.bytes"] = metadata.bytes;
    entries["metadata.current_path"] = metadata.path;
    entries["metadata.state"] = metadata.state;
    entries["metadata.tags"] = metadata.tags;
    entries["metadata.labels.k"] = metadata.label;
    entries["metadata.limit"] = metadata.limit;
    entries["metadata.progress.percent"] = metadata.progress?.percent;
    entries["metadata.elapsed"] = metadata.elapsedMs;
  } else if (metadata?.kind === "copy") {
    entries["metadata.files_done"] = metadata.filesDone;
    entries["metadata.progress.percent"] = metadata.percent;
  }
  return new Map(
    Object.entries(entries).flatMap(([path, value]) =>
      value === undefined ? [] : [[path, value]],
    ),
  );
}

/** Whether a pattern with wildcards matches, tried in every way. */
export function globs(pattern: string, text: string): boolean {
  const [first] = pattern;
  if (first === undefined) {
    return text === "";
  }
  return first === "*"
    ? globs(pattern.slice(1), text) || (text !== "" && globs(pattern, text.slice(1)))
    : text.startsWith(first) && globs(pattern.slice(1), text.slice(1));
}

/** Whether a comparison holds. Values are ordered by their own order: strings here are ASCII. */
export function compares(found: ModelValue, operator: string, wanted: ModelValue): boolean {
  const equal =
    typeof found === "string" && typeof wanted === "string"
      ? globs(wanted, found)
      : found === wanted;
  switch (operator) {
    case "=":
    case ":":
      return equal;
    case "!=":
      return !equal;
    case "<":
      return found < wanted;
    case "<=":
      return found <= wanted;
    case ">":
      return found > wanted;
    default:
      return found >= wanted;
  }
}
