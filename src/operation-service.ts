// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, DescService, Registry } from "@bufbuild/protobuf";
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

/**
 * Adds the types of its operations to a service: given for each method, as generated code does, or
 * found in the `google.longrunning.operation_info` of its methods with the help of a registry. The
 * latter is loosely typed.
 *
 * @throws Error that lists every `operation_info` that is incomplete or does not resolve.
 * @see AIP-151
 */
export function operationService<
  Service extends DescService,
  const Operations extends Readonly<Record<string, OperationTypes>>,
>(
  service: Service,
  operations: Operations & Readonly<Partial<Record<keyof Service["method"], OperationTypes>>>,
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
  return types["kind"] === "registry";
}

function resolve(service: DescService, registry: Registry): Record<string, OperationTypes> {
  const { operations, problems } = analyzeOperations(service, (name) => registry.get(name));
  const errors = problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0) {
    throw new Error(
      [`${service.typeName} cannot be used:`, ...errors.map((e) => `  ${e.message}`)].join("\n"),
    );
  }
  return Object.fromEntries(
    operations.map(({ method, response, metadata }) => [method.localName, { response, metadata }]),
  );
}
