// SPDX-License-Identifier: Apache-2.0

import { readFileSync, writeFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

/** Descriptors as buf wrote them, so that some of them can be written again as they were. */
export interface Image {
  /** The files, without comments and places, which are most of it. */
  readonly files: readonly FileDescriptorProto[];
  /** Writes files by their paths for buf to read, with or without comments and places. */
  write(path: string, names: ReadonlySet<string>, options: { readonly comments: boolean }): void;
}

const { file: fileField } = FileDescriptorSetSchema.field;
const { sourceCodeInfo } = FileDescriptorProtoSchema.field;

export function readImage(path: string): Image {
  const encoded = fieldsOf(readFileSync(path)).map(({ content }) => {
    const kept = fieldsOf(content).filter(({ number }) => number !== sourceCodeInfo.number);
    const bare = Buffer.concat(kept.map(({ whole }) => whole));
    return { file: fromBinary(FileDescriptorProtoSchema, bare), content, bare };
  });
  return {
    files: encoded.map(({ file }) => file),
    write(path, names, { comments }) {
      const writer = new BinaryWriter();
      for (const { file, content, bare } of encoded) {
        if (names.has(file.name)) {
          writer.tag(fileField.number, WireType.LengthDelimited).bytes(comments ? content : bare);
        }
      }
      writeFileSync(path, writer.finish());
    },
  };
}

interface EncodedField {
  readonly number: number;
  /** What a length-delimited field holds; of any other, nothing. */
  readonly content: Uint8Array;
  /** Tag and all. */
  readonly whole: Uint8Array;
}

function fieldsOf(message: Uint8Array): EncodedField[] {
  const reader = new BinaryReader(message);
  const fields: EncodedField[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    let content = new Uint8Array();
    if (wireType === WireType.LengthDelimited) {
      content = reader.bytes() as Uint8Array<ArrayBuffer>;
    } else {
      reader.skip(wireType, number);
    }
    fields.push({ number, content, whole: message.subarray(start, reader.pos) });
  }
  return fields;
}
