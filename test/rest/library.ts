// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  createFileRegistry,
  createRegistry,
  type DescMessage,
  type DescMethod,
  type DescService,
  type FileRegistry,
  type Registry,
} from "@bufbuild/protobuf";
import { createOperationRegistry, registerService } from "../../src/operation-registry.ts";
import type { Binding } from "../../src/rest/binding.ts";
import { bindingsOf, type RuleOptions } from "../../src/rest/rules.ts";
import { compileProto } from "../compile-proto.ts";

const source = readFileSync(fileURLToPath(new URL("library.proto", import.meta.url)), "utf8");

/** The files of some proto sources, read from descriptors as a program does that has no classes. */
export function compiled(sources: Readonly<Record<string, string>>): FileRegistry {
  return createFileRegistry(compileProto(sources));
}

export function serviceOf(files: FileRegistry, typeName: string): DescService {
  const service = files.getService(typeName);
  if (service === undefined) {
    throw new Error(`there is no service ${typeName}`);
  }
  return service;
}

export function typeOf(files: Registry, typeName: string): DescMessage {
  const type = files.getMessage(typeName);
  if (type === undefined) {
    throw new Error(`there is no message ${typeName}`);
  }
  return type;
}

export function methodOf(service: DescService, name: string): DescMethod {
  const method = service.methods.find((candidate) => candidate.name === name);
  if (method === undefined) {
    throw new Error(`${service.typeName} has no method ${name}`);
  }
  return method;
}

const files = compiled({ "acme/v1/library.proto": source });

/** `acme.v1.Library`, which uses all that google.api.http can say. */
export const library: DescService = serviceOf(files, "acme.v1.Library");

const known = createOperationRegistry();
registerService(known, library);

/** All types that the library and errors need. */
export const registry: Registry = createRegistry(known);

export function libraryType(name: string): DescMessage {
  return typeOf(files, `acme.v1.${name}`);
}

/** The bindings of a method of the library. */
export function bindings(name: string, options?: RuleOptions): readonly Binding[] {
  return bindingsOf(methodOf(library, name), options);
}

/** One binding of a method of the library; the first, unless `index` says another. */
export function binding(name: string, index = 0): Binding {
  const found = bindings(name)[index];
  if (found === undefined) {
    throw new Error(`${name} has no binding ${index}`);
  }
  return found;
}
