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

const notFound = (name: string, wanted: string) =>
  `"${name}" not found (looked for ${wanted} in N files). Types in another package need the full name. If it exists: import its file, or set "strategy: all" on this plugin and drop --path and --type`;

test.each([
  ["a misspelt name", { response: "Boook" }, `response_type ${notFound("Boook", "lib.v1.Boook")}`],
  [
    "a misspelt full name",
    { metadata: "lib.v1.Progres" },
    `metadata_type ${notFound("lib.v1.Progres", "lib.v1.Progres")}`,
  ],
  [
    "a nested type by its last name",
    { response: "Draft" },
    `response_type ${notFound("Draft", "lib.v1.Draft")}`,
  ],
  [
    "a leading dot before part of a name",
    { response: ".v1.Book" },
    `response_type ${notFound(".v1.Book", "v1.Book")}`,
  ],
  [
    "a type of another package by its last name",
    { response: "Empty" },
    `response_type ${notFound("Empty", "lib.v1.Empty")}`,
  ],
  ["anything", { response: "*" }, `response_type ${notFound("*", "lib.v1.*")}`],
  ["an enum", { response: "Genre" }, 'response_type "Genre" is an enum, not a message'],
  [
    "a service",
    { metadata: "lib.v1.Library" },
    'metadata_type "lib.v1.Library" is a service, not a message',
  ],
  [
    "an extension",
    { metadata: "google.api.http" },
    'metadata_type "google.api.http" is an extension, not a message',
  ],
  ["no response", { response: "" }, "response_type is required"],
  ["no metadata", { metadata: "" }, "metadata_type is required"],
])("%s is an error", (_, types, complaint) => {
  const source = library(`enum Genre { GENRE_UNSPECIFIED = 0; }
    service Library {
      ${longRunning("Write", types)}
    }`);
  const { files, errors } = runPlugin({ [path]: source });
  expect(errors).toEqual([
    "nothing is generated, because",
    `lib/v1/library.proto:9: Write: operation_info.${complaint}`,
  ]);
  expect(files).toEqual({});
});

test.each([
  ["(Request) returns (stream Operation)", "google.longrunning.Operation must not be streamed"],
  [
    "(stream Request) returns (stream Operation)",
    "google.longrunning.Operation must not be streamed",
  ],
  [
    "(stream Request) returns (Operation)",
    "returns google.longrunning.Operation, so its request must not be streamed",
  ],
])("%s is an error", (signature, complaint) => {
  const source = library(`service Library {
    rpc Write${signature.replace("Operation", "google.longrunning.Operation")};
  }`);
  const { files, errors } = runPlugin({ [path]: source });
  expect(errors).toEqual([
    "nothing is generated, because",
    `lib/v1/library.proto:8: Write: ${complaint}`,
  ]);
  expect(files).toEqual({});
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
