// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, Message, MessageInitShape } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";

/**
 * What a message may be made of, told by the message rather than by its schema. Of one whose type is
 * known at run time only, any field may be given.
 */
export type InitOf<Shape extends Message> = string extends Shape["$typeName"]
  ? MessageInitShape<DescMessage>
  : MessageInitShape<GenMessage<Shape>>;
