// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import { outcomeOf } from "../operation.ts";
import type { OperationTypes } from "../operation-service.ts";
import { unusableResult } from "../unusable-result.ts";

/**
 * The response of an operation that is done. Empty stands for none.
 *
 * @throws OperationError if it ended with anything else.
 */
export async function responseOf<Response extends DescMessage, Metadata extends DescMessage>(
  operation: Operation,
  types: OperationTypes<Response, Metadata>,
): Promise<MessageShape<Response>> {
  const outcome = outcomeOf(operation, types);
  if (outcome.kind === "succeeded") {
    return outcome.response;
  }
  if ("error" in outcome) {
    throw outcome.error;
  }
  const expected = types.response.typeName;
  if (expected === EmptySchema.typeName) {
    return create(types.response);
  }
  throw unusableResult(operation, { expected });
}
