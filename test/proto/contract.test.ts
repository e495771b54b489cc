// SPDX-License-Identifier: Apache-2.0

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type AnyDesc,
  clearExtension,
  clearField,
  clone,
  createFileRegistry,
  type DescFile,
  equals,
  type FileRegistry,
  fromBinary,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  MethodDescriptorProtoSchema,
  MethodOptionsSchema,
  ServiceDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { getComments, getSyntaxComments } from "@bufbuild/protoplugin";
import { describe, expect, test } from "vitest";
import { method_signature } from "../../gen/google/api/client_pb.ts";

const contract = [
  "google/api/annotations.proto",
  "google/api/client.proto",
  "google/api/field_behavior.proto",
  "google/api/field_info.proto",
  "google/api/http.proto",
  "google/api/httpbody.proto",
  "google/api/launch_stage.proto",
  "google/api/resource.proto",
  "google/longrunning/operations.proto",
  "google/rpc/code.proto",
  "google/rpc/error_details.proto",
  "google/rpc/status.proto",
];

const operations = "google/longrunning/operations.proto";

const root = fileURLToPath(new URL("../../", import.meta.url));
const require = createRequire(import.meta.url);
const ours = build(`${root}proto`);
const published = build(dirname(require.resolve("google-proto-files/package.json")), contract);

test("proto/ holds the contract and nothing else", () => {
  const names = [...ours.files].map((file) => `${file.name}.proto`);
  expect(names.filter((name) => !name.startsWith("google/protobuf/")).sort()).toEqual(contract);
});

describe.each(contract)("%s", (name) => {
  test("declares what is published", () => {
    expectSame(fileOf(ours, name).proto, fileOf(published, name).proto);
  });

  test("is what gen/ was generated from", async () => {
    const { proto } = fileOf(ours, name);
    expectSame((await generated(name)).proto, name === operations ? lean(proto) : proto);
  });

  test("has a comment on the file and on every declaration", () => {
    const file = fileOf(ours, name);
    const bare = [...nestedTypes(file)].flatMap(declarations).filter(isBare).map(String);
    if (getSyntaxComments(file).leading === undefined) {
      bare.unshift(String(file));
    }
    expect(bare).toEqual([]);
  });

  test("is commented in words of its own", () => {
    const theirs = new Set(commentsOf(fileOf(published, name)).flatMap(runsOfWords));
    const runs = commentsOf(fileOf(ours, name)).map(withoutSamples).flatMap(runsOfWords);
    expect(runs.filter((run) => theirs.has(run))).toEqual([]);
  });

  test("starts with its licence", () => {
    expect(readFileSync(`${root}proto/${name}`, "utf8")).toMatch(
      /^\/\/ SPDX-License-Identifier: Apache-2\.0\n\n/,
    );
  });
});

/** Without what `buf.gen.yaml` leaves out, so that no page loads `google/api/client.proto` for it. */
function lean(proto: FileDescriptorProto): FileDescriptorProto {
  const copy = clone(FileDescriptorProtoSchema, proto);
  copy.dependency = copy.dependency.filter((path) => path !== "google/api/client.proto");
  for (const service of copy.service) {
    clearField(service, ServiceDescriptorProtoSchema.field.options);
    for (const method of service.method) {
      const { options } = method;
      if (options !== undefined) {
        clearExtension(options, method_signature);
        // Nothing is left of options without any.
        if (toBinary(MethodOptionsSchema, options).length === 0) {
          clearField(method, MethodDescriptorProtoSchema.field.options);
        }
      }
    }
  }
  return copy;
}

/** Compiles files of a directory, all unless some are named. */
function build(directory: string, files: readonly string[] = []): FileRegistry {
  // Whatever a directory has of google/protobuf, both sides are compiled against buf's own.
  const config = { version: "v2", modules: [{ path: ".", excludes: ["google/protobuf"] }] };
  const image = execFileSync(
    `${root}node_modules/.bin/buf`,
    [
      ...["build", "--as-file-descriptor-set", "--output", "-#format=binpb"],
      ...["--config", JSON.stringify(config)],
      ...files.flatMap((file) => ["--path", file]),
    ],
    { cwd: directory, maxBuffer: 64 * 1024 * 1024 },
  );
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
}

function fileOf(registry: FileRegistry, name: string): DescFile {
  const file = registry.getFile(name);
  if (file === undefined) {
    throw new Error(`${name} is missing`);
  }
  return file;
}

async function generated(name: string): Promise<DescFile> {
  const module: Record<string, unknown> = await import(
    `${root}gen/${name.replace(/\.proto$/, "_pb.ts")}`
  );
  return module[`file_${name.replace(/\.proto$/, "").replaceAll("/", "_")}`] as DescFile;
}

/** Compares declarations, line by line so that a failure names them, and not their comments. */
function expectSame(actual: FileDescriptorProto, expected: FileDescriptorProto): void {
  const [a, b] = [actual, expected].map((proto) => {
    const copy = clone(FileDescriptorProtoSchema, proto);
    clearField(copy, FileDescriptorProtoSchema.field.sourceCodeInfo);
    return copy;
  }) as [FileDescriptorProto, FileDescriptorProto];
  const lines = (proto: FileDescriptorProto) =>
    leaves(toJson(FileDescriptorProtoSchema, proto, { registry: ours }), expected.name);
  expect(lines(a)).toEqual(lines(b));
  // Options that no known extension describes have no place in JSON.
  const options = { registry: ours, extensions: true, unknown: true };
  expect(equals(FileDescriptorProtoSchema, a, b, options)).toBe(true);
}

/** Each value in a JSON document, after the path that leads to it. */
function leaves(value: JsonValue, path: string): string[] {
  if (typeof value !== "object" || value === null) {
    return [`${path} = ${JSON.stringify(value)}`];
  }
  return Object.entries(value).flatMap(([key, child]) => {
    const named = Array.isArray(value) && typeof child === "object" && child !== null;
    const name = named && "name" in child ? child.name : key;
    return leaves(child, `${path} ${name}`);
  });
}

type Declaration = Exclude<AnyDesc, DescFile>;

function declarations(desc: Declaration): Declaration[] {
  switch (desc.kind) {
    case "message":
      return [desc, ...desc.members];
    case "enum":
      return [desc, ...desc.values];
    case "service":
      return [desc, ...desc.methods];
    default:
      return [desc];
  }
}

function isBare(desc: Declaration): boolean {
  return (getComments(desc).leading ?? "").trim() === "";
}

function commentsOf(file: DescFile): string[] {
  return (file.proto.sourceCodeInfo?.location ?? []).flatMap((location) => [
    ...location.leadingDetachedComments,
    location.leadingComments,
    location.trailingComments,
  ]);
}

/** Indented samples follow the language that they are in, not their author's choice of words. */
function withoutSamples(comment: string): string {
  return comment.replaceAll(/^ {5,}.*$/gm, "");
}

/**
 * Every six words in a row, whatever the case, the punctuation and the line breaks. Identifiers in
 * backticks are words; patterns and other code are not.
 */
function runsOfWords(comment: string): string[] {
  const prose = comment.toLowerCase().replaceAll(/`[^`]*[^\w.`][^`]*`/g, "");
  const words = prose.match(/[\p{L}\p{N}_]+/gu) ?? [];
  return words.slice(5).map((_, start) => words.slice(start, start + 6).join(" "));
}
