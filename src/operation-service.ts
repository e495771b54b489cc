// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, DescService, MessageShape, Registry } from "@bufbuild/protobuf";
import type { Operation } from "../gen/google/longrunning/operations_pb.ts";
import { analyzeOperations } from "./operation-info.ts";

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
 * Adds the types of its operations to a service: given for each method, as generated code does, or
 * found in the `google.longrunning.operation_info` of its methods with the help of a registry. The
 * latter is loosely typed.
 *
 * @throws Error that lists every method whose `operation_info` is incomplete or does not resolve, or
 * that streams its operation.
 * @see AIP-151
 */
export function operationService<
  Service extends DescService,
  const Operations extends Readonly<Record<string, OperationTypes>>,
>(
  service: Service,
  operations: Operations &
    Readonly<Record<Exclude<keyof Operations, LongRunningName<Service>>, never>>,
): OperationService<Service, Operations>;
export function operationService<Service extends DescService>(
  service: Service,
  registry: Registry,
): OperationService<Service>;
export function operationService(
  service: DescService,
  types: Readonly<Record<string, OperationTypes>> | Registry,
): OperationService {
  return { ...service, operations: isRegistry(types) ? resolve(service, types) : types };
}

function isRegistry(types: Readonly<Record<string, OperationTypes>> | Registry): types is Registry {
  return types.kind === "registry";
}

function resolve(service: DescService, registry: Registry): Record<string, OperationTypes> {
  const { operations, problems } = analyzeOperations(service, {
    find: (typeName) => registry.get(typeName),
    extent: "the registry",
    remedy: "add its file to the registry",
  });
  const errors = problems.filter(({ kind }) => kind === "invalid");
  if (errors.length > 0) {
    const lines = errors.map(({ method, message }) => `\n  ${method.name}: ${message}`);
    throw new Error(`the operations of ${service.typeName} cannot be typed:${lines.join("")}`);
  }
  return Object.fromEntries(
    operations.map(({ method, response, metadata }) => [method.localName, { response, metadata }]),
  );
}
