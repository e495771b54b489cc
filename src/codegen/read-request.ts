// SPDX-License-Identifier: Apache-2.0

import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import {
  type CodeGeneratorRequest,
  CodeGeneratorRequestSchema,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { OperationSchema } from "../../gen/google/longrunning/operations_pb.ts";

const { protoFile, sourceFileDescriptors } = CodeGeneratorRequestSchema.field;
const { name, sourceCodeInfo } = FileDescriptorProtoSchema.field;

/**
 * Reads a `google.protobuf.compiler.CodeGeneratorRequest`, but for what this generator never looks at:
 * the second copy of each file that is to be generated, and the comments and places of files without
 * long-running methods. Of a large module that is most of it, and takes most of the memory.
 *
 * @throws Error if it is not such a request.
 */
export function readRequest(bytes: Uint8Array): CodeGeneratorRequest {
  const files: Uint8Array[] = [];
  const sources = new Map<string, Uint8Array>();
  const rest: Uint8Array[] = [];
  for (const { number, value, whole } of fieldsOf(bytes)) {
    if (number === protoFile.number) {
      files.push(value);
    } else if (number === sourceFileDescriptors.number) {
      // The copy with options that are for generators only.
      sources.set(nameOf(value), value);
    } else {
      rest.push(whole);
    }
  }
  const request = fromBinary(CodeGeneratorRequestSchema, Buffer.concat(rest));
  request.protoFile = files.map((file) =>
    fromBinary(FileDescriptorProtoSchema, withoutIdleInfo(sources.get(nameOf(file)) ?? file)),
  );
  return request;
}

function nameOf(file: Uint8Array): string {
  for (const { number, value } of fieldsOf(file)) {
    if (number === name.number) {
      return Buffer.from(value).toString();
    }
  }
  return "";
}

function withoutIdleInfo(file: Uint8Array): Uint8Array {
  if (Buffer.from(file.buffer, file.byteOffset, file.length).includes(OperationSchema.typeName)) {
    return file;
  }
  const kept: Uint8Array[] = [];
  for (const { number, whole } of fieldsOf(file)) {
    if (number !== sourceCodeInfo.number) {
      kept.push(whole);
    }
  }
  return Buffer.concat(kept);
}

interface EncodedField {
  readonly number: number;
  /** The content of a length-delimited field, or of any other, its encoding. */
  readonly value: Uint8Array;
  /** Tag and all. */
  readonly whole: Uint8Array;
}

function* fieldsOf(message: Uint8Array): Generator<EncodedField> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    const value =
      wireType === WireType.LengthDelimited ? reader.bytes() : reader.skip(wireType, number);
    yield { number, value, whole: message.subarray(start, reader.pos) };
  }
}
