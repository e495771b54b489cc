// SPDX-License-Identifier: Apache-2.0

import type { DescField, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import {
  DescriptorProtoSchema,
  FileDescriptorProtoSchema,
  ServiceDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

const { messageType, service } = FileDescriptorProtoSchema.field;
const { nestedType, field } = DescriptorProtoSchema.field;
const { method } = ServiceDescriptorProtoSchema.field;

/**
 * The path of a declaration in its file, as `google.protobuf.SourceCodeInfo` counts: a field number
 * and an index for each level.
 */
export function sourcePath(desc: DescMessage | DescField | DescService | DescMethod): number[] {
  switch (desc.kind) {
    case "service":
      return [service.number, indexIn(desc.file.proto.service, desc)];
    case "rpc":
      return [...sourcePath(desc.parent), method.number, indexIn(desc.parent.proto.method, desc)];
    case "message":
      return desc.parent === undefined
        ? [messageType.number, indexIn(desc.file.proto.messageType, desc)]
        : [
            ...sourcePath(desc.parent),
            nestedType.number,
            indexIn(desc.parent.proto.nestedType, desc),
          ];
    case "field":
      return [...sourcePath(desc.parent), field.number, indexIn(desc.parent.proto.field, desc)];
  }
}

function indexIn<Proto>(declarations: readonly Proto[], { proto }: { readonly proto: Proto }) {
  return declarations.indexOf(proto);
}
