// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, DescService, MessageShape } from "@bufbuild/protobuf";
import type { Operation } from "../gen/google/longrunning/operations_pb.ts";

/** What a long-running method's operation ends with, and what it reports on the way. */
export interface OperationTypes<
  Response extends DescMessage = DescMessage,
  Metadata extends DescMessage = DescMessage,
> {
  readonly response: Response;
  readonly metadata: Metadata;
}

/**
 * A service descriptor that also carries, for each long-running method, the schemas of its response
 * and its metadata. It goes everywhere that the service itself goes.
 */
export type OperationService<
  Service extends DescService = DescService,
  Operations extends Readonly<Record<string, OperationTypes>> = Readonly<
    Record<string, OperationTypes>
  >,
> = Service & { readonly operations: Operations };

/** The names of a service's methods that answer one request with one Operation. */
export type LongRunningName<Service extends DescService> = {
  [Name in keyof Service["method"]]: "unary" extends Service["method"][Name]["methodKind"]
    ? Operation["$typeName"] extends MessageShape<Service["method"][Name]["output"]>["$typeName"]
      ? Name
      : never
    : never;
}[keyof Service["method"]];

/**
 * Adds the types of its operations to a service, for each method by its name; generated code does.
 * `resolveOperations` finds them by itself.
 *
 * @see AIP-151
 */
export function operationService<
  Service extends DescService,
  const Operations extends Readonly<Record<string, OperationTypes>>,
>(
  service: Service,
  operations: Operations &
    Readonly<Record<Exclude<keyof Operations, LongRunningName<Service>>, never>>,
): OperationService<Service, Operations> {
  return { ...service, operations };
}
