// SPDX-License-Identifier: Apache-2.0

import type { DescFile, DescService, MutableRegistry, Registry } from "@bufbuild/protobuf";
import { createMutableRegistry } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import {
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";
import { file_google_longrunning_operations } from "../gen/google/longrunning/operations_pb.ts";
import { file_google_rpc_error_details } from "../gen/google/rpc/error_details_pb.ts";
import type { OperationService } from "./operation-service.ts";

/**
 * Every type that these services, their operations, `google.rpc` error details and the well-known
 * types need. Protobuf JSON cannot write or read a `google.protobuf.Any` without knowing its type:
 * hand the registry to each transport and adapter that speaks JSON.
 *
 * ```ts
 * createConnectTransport({ baseUrl, jsonOptions: { registry } });
 * ```
 */
export function operationRegistry(
  ...services: readonly (DescService | OperationService)[]
): Registry {
  const registry = createOperationRegistry();
  for (const service of services) {
    registerService(registry, service);
  }
  return registry;
}

/** A registry of what every service of operations needs; services are added to it one by one. */
export function createOperationRegistry(): MutableRegistry {
  const registry = createMutableRegistry();
  for (const file of [
    file_google_longrunning_operations,
    file_google_rpc_error_details,
    file_google_protobuf_any,
    file_google_protobuf_duration,
    file_google_protobuf_empty,
    file_google_protobuf_field_mask,
    file_google_protobuf_struct,
    file_google_protobuf_timestamp,
    file_google_protobuf_wrappers,
  ]) {
    registerFile(registry, file);
  }
  return registry;
}

/** Adds the types of a service, of the files that it imports, and of its operations. */
export function registerService(
  registry: MutableRegistry,
  service: DescService | OperationService,
): void {
  registerFile(registry, service.file);
  const operations = "operations" in service ? Object.values(service.operations) : [];
  for (const { response, metadata } of operations) {
    registerFile(registry, response.file);
    registerFile(registry, metadata.file);
  }
}

/** Adds a file and all that it imports: any of their types may stand in an Any. */
export function registerFile(registry: MutableRegistry, file: DescFile): void {
  const pending = [file];
  const seen = new Set(pending);
  for (const next of pending) {
    for (const type of nestedTypes(next)) {
      // The first one stays, so that what a registry knows never changes while it is in use.
      if (registry.get(type.typeName) === undefined) {
        registry.add(type);
      }
    }
    for (const dependency of next.dependencies) {
      if (!seen.has(dependency)) {
        seen.add(dependency);
        pending.push(dependency);
      }
    }
  }
}
