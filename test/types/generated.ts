// SPDX-License-Identifier: Apache-2.0

// Types of what is generated from other people's protos, which bring types of their own.

import type { DescService, Message, MessageInitShape } from "@bufbuild/protobuf";
import type { GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { expectTypeOf } from "vitest";
import { ImageAnnotatorOperations } from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_longrunning.ts";
import {
  type AsyncBatchAnnotateFilesResponse,
  AsyncBatchAnnotateFilesResponseSchema,
  type ImageAnnotator,
  type OperationMetadata,
  OperationMetadataSchema,
} from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_pb.ts";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import {
  type OperationOutcome,
  type OperationService,
  type OperationTypes,
  operationService,
  outcomeOf,
} from "../../src/index.ts";
import { createOperations, memoryStore } from "../../src/server/index.ts";
import type { AnyKeys } from "./any-keys.ts";

declare const operation: Operation;
declare const transport: Transport;
const { implement } = createOperations({ store: memoryStore() });

/* What is generated says what it is, and goes where the service goes */

expectTypeOf(ImageAnnotatorOperations).toEqualTypeOf<
  OperationService<
    typeof ImageAnnotator,
    {
      asyncBatchAnnotateFiles: OperationTypes<
        typeof AsyncBatchAnnotateFilesResponseSchema,
        typeof OperationMetadataSchema
      >;
    }
  >
>();
expectTypeOf(ImageAnnotatorOperations).toExtend<typeof ImageAnnotator>();
expectTypeOf(ImageAnnotatorOperations).toExtend<DescService>();
expectTypeOf<AnyKeys<typeof ImageAnnotatorOperations.operations>>().toBeNever();

const annotator = createClient(ImageAnnotatorOperations, transport);
expectTypeOf(annotator.asyncBatchAnnotateFiles({})).toEqualTypeOf<Promise<Operation>>();
// @ts-expect-error: a field is a list of messages.
annotator.asyncBatchAnnotateFiles({ requests: ["gs://bucket/a.pdf"] });
// @ts-expect-error: a method that is not generated.
annotator.batchAnnotateImages({});

const { asyncBatchAnnotateFiles } = ImageAnnotatorOperations.operations;
expectTypeOf(outcomeOf(operation, asyncBatchAnnotateFiles)).toEqualTypeOf<
  OperationOutcome<AsyncBatchAnnotateFilesResponse, OperationMetadata>
>();

/* Another package's generated Operation is an operation */

type OtherOperation = Message<"google.longrunning.Operation"> & { name: string };
type LongRunningMethod = {
  methodKind: "unary";
  input: GenMessage<OperationMetadata>;
  output: GenMessage<OtherOperation>;
};
type Streamed = Omit<LongRunningMethod, "methodKind"> & { methodKind: "server_streaming" };
declare const Elsewhere: GenService<{
  // Names that this package, or a client of it, has a use for itself.
  operation: LongRunningMethod;
  operations: LongRunningMethod;
  resume: LongRunningMethod;
  method: LongRunningMethod;
  watch: Streamed;
}>;

const types = {
  response: AsyncBatchAnnotateFilesResponseSchema,
  metadata: OperationMetadataSchema,
};
const elsewhere = operationService(Elsewhere, {
  operation: types,
  operations: types,
  resume: types,
  method: { ...types, metadata: AnySchema },
});
// @ts-expect-error: an Operation is not streamed.
operationService(Elsewhere, { watch: types });

type MetadataInit = MessageInitShape<typeof OperationMetadataSchema>;

implement(elsewhere, {
  async operation(request, { metadata, report }) {
    expectTypeOf(request).toEqualTypeOf<OperationMetadata>();
    expectTypeOf(metadata).toEqualTypeOf<OperationMetadata | undefined>();
    expectTypeOf(report).parameter(0).toEqualTypeOf<MetadataInit>();
    return { responses: [] };
  },
  operations: async () => ({ responses: [{ outputConfig: { batchSize: 1 } }] }),
  resume: {
    async run(_, { report }) {
      // @ts-expect-error: metadata has no such field.
      report({ stat: 1 });
      return {};
    },
  },
  // Metadata that is declared as Any is packed by the handler, who knows its type.
  async method(_, { metadata, report }) {
    expectTypeOf(metadata).toEqualTypeOf<Any | undefined>();
    report({ typeUrl: "type.googleapis.com/a.B", value: new Uint8Array() });
    return {};
  },
});
implement(elsewhere, {
  // @ts-expect-error: what `resume` ends with has no such field of this type.
  resume: async () => ({ responses: 1 }),
});

const client = createClient(elsewhere, transport);
expectTypeOf(client.operation({})).toEqualTypeOf<Promise<OtherOperation>>();
expectTypeOf(client.operations({})).toEqualTypeOf<Promise<OtherOperation>>();
expectTypeOf(client.resume({})).toEqualTypeOf<Promise<OtherOperation>>();
