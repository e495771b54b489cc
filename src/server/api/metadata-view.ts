// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, Registry } from "@bufbuild/protobuf";
import type { ServedMethod } from "../method.ts";
import type { PackedMessage } from "../store.ts";
import {
  type CompleteMetadata,
  completeMetadata,
  type MetadataSource,
} from "./conventional-metadata.ts";

/** The metadata of an operation of some method as its callers see it; undefined if it has none. */
export type MetadataView = (
  record: MetadataSource & { readonly method: string },
) => PackedMessage | undefined;

interface MetadataViewOptions {
  /** Those implemented here; more may come. */
  readonly methods: ReadonlyMap<string, ServedMethod>;
  readonly registry: Registry;
}

/** Looks at each type of metadata once, and from then on only at its bytes. */
export function metadataView({ methods, registry }: MetadataViewOptions): MetadataView {
  const completions = new WeakMap<DescMessage, CompleteMetadata>();

  // Where a method declares its metadata as Any, the type is another one each time.
  function schemaOf(typeUrl: string, declared: DescMessage | undefined): DescMessage | undefined {
    const typeName = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
    return declared?.typeName === typeName ? declared : registry.getMessage(typeName);
  }

  return (record) => {
    const { metadata } = record;
    const declared = methods.get(record.method)?.metadata.schema;
    const schema = metadata === undefined ? declared : schemaOf(metadata.typeUrl, declared);
    if (schema === undefined) {
      return metadata;
    }
    let complete = completions.get(schema);
    if (complete === undefined) {
      complete = completeMetadata(schema);
      completions.set(schema, complete);
    }
    return complete(record);
  };
}
