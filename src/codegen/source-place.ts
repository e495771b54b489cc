// SPDX-License-Identifier: Apache-2.0

import type { DescMethod } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, ServiceDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** Where a method stands in its source: `lib/v1/library.proto:12`, without the line if unknown. */
export function sourcePlace({ parent, proto }: DescMethod): string {
  const { file } = parent;
  // The path of a declaration in a file: a field number and an index for each level.
  const path = [
    FileDescriptorProtoSchema.field.service.number,
    file.services.indexOf(parent),
    ServiceDescriptorProtoSchema.field.method.number,
    parent.proto.method.indexOf(proto),
  ].join();
  const location = file.proto.sourceCodeInfo?.location.find((l) => l.path.join() === path);
  const line = location?.span[0];
  return line === undefined ? file.proto.name : `${file.proto.name}:${line + 1}`;
}
