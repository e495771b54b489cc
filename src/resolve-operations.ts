// SPDX-License-Identifier: Apache-2.0

import type { DescService, Registry } from "@bufbuild/protobuf";
import { analyzeOperations } from "./operation-info.ts";
import type { OperationService } from "./operation-service.ts";

/**
 * Adds the types of its operations to a service, as the `google.longrunning.operation_info` of its
 * methods names them and the registry knows them. It is loosely typed; generated code, which makes an
 * `operationService` of exact types, spares programs the search.
 *
 * @throws Error that lists every method whose `operation_info` is incomplete or does not resolve, or
 * that streams its operation.
 * @see AIP-151
 */
export function resolveOperations<Service extends DescService>(
  service: Service,
  registry: Registry,
): OperationService<Service> {
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
  const types = operations.map(
    ({ method, response, metadata }) => [method.localName, { response, metadata }] as const,
  );
  return { ...service, operations: Object.fromEntries(types) };
}
