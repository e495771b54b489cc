// SPDX-License-Identifier: Apache-2.0

import { BinaryReader } from "@bufbuild/protobuf/wire";
import type {
  DescriptorProto,
  FileDescriptorProto,
  MethodDescriptorProto,
  ServiceDescriptorProto,
} from "@bufbuild/protobuf/wkt";

/** A message, and where it is declared. */
interface DeclaredType {
  readonly typeName: string;
  /** The path of its file. */
  readonly file: string;
  readonly nested: boolean;
}

/** A message that an annotation names. */
export interface NamedType extends DeclaredType {
  /** As the annotation has it. */
  readonly text: string;
}

/** A method that returns `google.longrunning.Operation`. */
export interface DeclaredOperation {
  readonly file: FileDescriptorProto;
  readonly service: ServiceDescriptorProto;
  readonly method: MethodDescriptorProto;
  /** The response and the metadata, if they are annotated. */
  readonly types: readonly [NamedType, NamedType] | undefined;
}

/**
 * Reads what long-running methods declare straight from the descriptors. It shares nothing with the
 * generator's analyser, so that each can find the other wrong.
 *
 * @throws Error if an annotation names no message.
 */
export function declaredOperations(files: readonly FileDescriptorProto[]): DeclaredOperation[] {
  const messages = new Map(files.flatMap(messagesOf).map((type) => [type.typeName, type]));

  function find(file: FileDescriptorProto, text: string): NamedType {
    const message = messages.get(text.includes(".") ? text : `${file.package}.${text}`);
    if (message === undefined) {
      throw new Error(`${file.name} names ${text}, and there is no such message`);
    }
    return { ...message, text };
  }

  return files.filter(isOfAnApi).flatMap((file) =>
    file.service.flatMap((service) =>
      service.method.filter(returnsOperation).map((method) => {
        const names = operationInfo(method);
        const types = names && ([find(file, names[0]), find(file, names[1])] as const);
        return { file, service, method, types };
      }),
    ),
  );
}

/** The API of operations returns those of others. */
function isOfAnApi(file: FileDescriptorProto): boolean {
  return file.package !== "google.longrunning";
}

function returnsOperation({ outputType }: MethodDescriptorProto): boolean {
  return outputType === ".google.longrunning.Operation";
}

function messagesOf(file: FileDescriptorProto): DeclaredType[] {
  const walk = (message: DescriptorProto, scope: string, nested: boolean): DeclaredType[] => {
    const typeName = `${scope}.${message.name}`;
    return [
      { typeName, file: file.name, nested },
      ...message.nestedType.flatMap((inner) => walk(inner, typeName, true)),
    ];
  };
  return file.messageType.flatMap((message) => walk(message, file.package, false));
}

// google.longrunning.operation_info extends the options of methods with a message of two strings.
const operationInfoNumber = 1049;

function operationInfo({ options }: MethodDescriptorProto): readonly [string, string] | undefined {
  const field = options?.$unknown?.find(({ no }) => no === operationInfoNumber);
  if (field === undefined) {
    return undefined;
  }
  const names = new Map<number, string>();
  const reader = new BinaryReader(new BinaryReader(field.data).bytes());
  while (reader.pos < reader.len) {
    const [number] = reader.tag();
    names.set(number, reader.string());
  }
  return [names.get(1) ?? "", names.get(2) ?? ""];
}
