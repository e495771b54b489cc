// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { codeOf, library, longRunning, runPlugin } from "./run-plugin.ts";

const path = "lib/v1/library.proto";
const output = "lib/v1/library_longrunning.ts";

const missing = library(`service Library {
  ${longRunning("Write", {})}
  rpc Print(Request) returns (google.longrunning.Operation);
}`);
const complaint =
  "lib/v1/library.proto:9: Print: returns google.longrunning.Operation but has no (google.longrunning.operation_info) option; its result stays untyped";

test.each(["target=ts", "target=ts,missing_operation_info=warn"])(
  "a missing annotation is a warning with %s",
  (parameter) => {
    const { files, warnings } = runPlugin({ [path]: missing }, { parameter });
    expect(warnings).toEqual([`warning: ${complaint}`]);
    expect(codeOf(files[output]).filter((line) => line.includes("print"))).toEqual([]);
    expect(codeOf(files[output])).toContain(
      "  write: { response: BookSchema, metadata: ProgressSchema },",
    );
  },
);

test("a missing annotation is nothing with missing_operation_info=ignore", () => {
  const parameter = "target=ts,missing_operation_info=ignore";
  const { files, warnings } = runPlugin({ [path]: missing }, { parameter });
  expect(warnings).toEqual([]);
  expect(Object.keys(files)).toEqual([output]);
});

test("a missing annotation is an error with missing_operation_info=error", () => {
  const parameter = "target=ts,missing_operation_info=error";
  const { files, warnings, errors } = runPlugin({ [path]: missing }, { parameter });
  expect(errors).toEqual(["nothing is generated, because", complaint]);
  expect(warnings).toEqual([]);
  expect(files).toEqual({});
});

test("a service with nothing but missing annotations has nothing to generate", () => {
  const source = library(
    "service Library { rpc Print(Request) returns (google.longrunning.Operation); }",
  );
  const { files, warnings } = runPlugin({ [path]: source });
  expect(files).toEqual({});
  expect(warnings).toHaveLength(1);
});

test("a partial name is found with a warning", () => {
  const source = library(`service Library {
    ${longRunning("Write", { response: "Book.Draft" })}
  }`);
  const { files, warnings } = runPlugin({ [path]: source });
  expect(warnings).toEqual([
    'warning: lib/v1/library.proto:8: Write: operation_info.response_type "Book.Draft" was found as lib.v1.Book.Draft; other generators need that full name',
  ]);
  expect(codeOf(files[output])).toContain(
    "  write: { response: Book_DraftSchema, metadata: ProgressSchema },",
  );
});

test("every error of every file stands in one report, with its place", () => {
  const sources = {
    [path]: library(`enum Genre { GENRE_UNSPECIFIED = 0; }
      service Library {
        ${longRunning("Misspelt", { response: "Boook" })}
        ${longRunning("Enum", { metadata: "Genre" })}
        ${longRunning("NoResponse", { response: "" })}
        ${longRunning("Fine", {})}
        rpc Stream(Request) returns (stream google.longrunning.Operation);
      }
      service Press {
        ${longRunning("Neither", { response: "", metadata: "" })}
      }`),
    "lib/v1/other.proto": `
      syntax = "proto3";
      package lib.v1;
      import "lib/v1/library.proto";
      import "google/longrunning/operations.proto";
      service Other {
        ${longRunning("OtherPackage", { response: "other.v2.Book" })}
      }`,
  };
  const notFound = (name: string, wanted: string) =>
    `"${name}" not found (looked for ${wanted} in N files). Types in another package need the full name. If it exists: import its file, or set "strategy: all" on this plugin and drop --path`;
  const { files, errors } = runPlugin(sources);
  expect(files).toEqual({});
  expect(errors).toEqual([
    "nothing is generated, because",
    `lib/v1/library.proto:9: Misspelt: operation_info.response_type ${notFound("Boook", "lib.v1.Boook")}`,
    'lib/v1/library.proto:10: Enum: operation_info.metadata_type "Genre" is an enum, not a message',
    "lib/v1/library.proto:11: NoResponse: operation_info.response_type is required",
    "lib/v1/library.proto:13: Stream: google.longrunning.Operation must not be streamed",
    "lib/v1/library.proto:16: Neither: operation_info.response_type is required",
    "lib/v1/library.proto:16: Neither: operation_info.metadata_type is required",
    `lib/v1/other.proto:7: OtherPackage: operation_info.response_type ${notFound("other.v2.Book", "other.v2.Book")}`,
  ]);
});

test("what is wrong with an imported file that is not generated is no error", () => {
  const sources = {
    [path]: library(`service Library { ${longRunning("Write", {})} }`),
    "other.proto": `
      syntax = "proto3";
      import "google/longrunning/operations.proto";
      message Request {}
      service Other { ${longRunning("Bad", { response: "Boook" })} }`,
  };
  const { files } = runPlugin(sources, { fileToGenerate: [path] });
  expect(Object.keys(files)).toEqual([output]);
});
