// SPDX-License-Identifier: Apache-2.0

import { spawnSync } from "node:child_process";
import {
  create,
  createRegistry,
  type DescMessage,
  fromBinary,
  fromJsonString,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { file_google_longrunning_operations } from "../../../gen/google/longrunning/operations_pb.ts";
import { packAny, readAny } from "../../../src/any.ts";
import {
  CheckRequestSchema,
  CheckResponseSchema,
  CheckService,
  file_buf_plugin_check_v1_check_service,
  ListCategoriesResponseSchema,
  ListRulesRequestSchema,
  ListRulesResponseSchema,
} from "../../../src/codegen/lint/gen/buf/plugin/check/v1/check_service_pb.ts";
import {
  Code,
  RequestSchema,
  ResponseSchema,
  SpecSchema,
} from "../../../src/codegen/lint/gen/pluginrpc/v1/pluginrpc_pb.ts";
import { ruleIds } from "../../../src/codegen/lint/rules.ts";
import { compileProto } from "../../compile-proto.ts";
import { library } from "../run-plugin.ts";
import { type CompiledPlugin, compilePlugin } from "./compiled-plugin.ts";

let plugin: CompiledPlugin;

beforeAll(() => {
  plugin = compilePlugin();
}, 60_000);

afterAll(() => plugin[Symbol.dispose]());

const check = "/buf.plugin.check.v1.CheckService/Check";
const listRules = "/buf.plugin.check.v1.CheckService/ListRules";
const listCategories = "/buf.plugin.check.v1.CheckService/ListCategories";
const registry = createRegistry(
  file_buf_plugin_check_v1_check_service,
  file_google_longrunning_operations,
);

function run(args: readonly string[], input: Uint8Array | string = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [plugin.path, ...args], { input });
  return { status, stdout, stderr: stderr.toString() };
}

/** Calls a procedure, and expects the process itself to end well. */
function call<Desc extends DescMessage>(
  path: string,
  schema: Desc,
  request: MessageInitShape<Desc>,
): MessageShape<typeof ResponseSchema> {
  const value = packAny(schema, request);
  return respond([path], toBinary(RequestSchema, create(RequestSchema, { value })));
}

function respond(args: readonly string[], input: Uint8Array | string) {
  const { status, stdout, stderr } = run(args, input);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return fromBinary(ResponseSchema, stdout);
}

const wrong = library(
  "service Library { rpc Print(Request) returns (google.longrunning.Operation); }",
);
const missing = {
  ruleId: "OPERATION_INFO_REQUIRED",
  fileLocation: { fileName: "lib.proto", sourcePath: [6, 0, 2, 0] },
};

function filesOf(source: string) {
  return compileProto({ "lib.proto": source }).file.map((file) => ({
    fileDescriptorProto: file,
    isImport: file.name !== "lib.proto",
  }));
}

describe("flags", () => {
  test("--protocol", () => {
    const { status, stdout, stderr } = run(["--protocol"]);
    expect({ status, stdout: stdout.toString(), stderr }).toEqual({
      status: 0,
      stdout: "1\n",
      stderr: "",
    });
  });

  test("--spec names every method of the service, in either format", () => {
    const paths = CheckService.methods.map(({ parent, name }) => `/${parent.typeName}/${name}`);
    const spec = create(SpecSchema, { procedures: paths.map((path) => ({ path })) });
    expect(fromBinary(SpecSchema, run(["--spec"]).stdout)).toEqual(spec);
    expect(fromBinary(SpecSchema, run(["--spec", "--format", "binary"]).stdout)).toEqual(spec);
    const json = run(["--spec", "--format=json"]).stdout.toString();
    expect(fromJsonString(SpecSchema, json)).toEqual(spec);
  });

  test.each([
    [["--format", "yaml", check], `--format must be binary or json, not "yaml"`],
    [["--colour"], "Unknown option '--colour'"],
    [["/buf.plugin.check.v1.CheckService/Mend"], `there is no procedure "/buf.plugin.check`],
    [["check"], `there is no procedure "check", only ${check}, ${listRules}, ${listCategories}`],
    [[], `there is no procedure ""`],
  ])("%j is refused, with nothing on stdout", (args, message) => {
    const { status, stdout, stderr } = run(args);
    expect(status).toBe(1);
    expect(stderr).toContain(`buf-plugin-longrunning: ${message}`);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(stdout).toHaveLength(0);
  });
});

describe("calls", () => {
  test("pages of rules, until there is no more", () => {
    const ids: string[] = [];
    let pageToken = "";
    do {
      const { value } = call(listRules, ListRulesRequestSchema, { pageSize: 5, pageToken });
      const page = readAny(value, ListRulesResponseSchema);
      if (page.kind !== "message") {
        throw new Error(page.kind);
      }
      expect(page.message.rules.length).toBeLessThanOrEqual(5);
      ids.push(...page.message.rules.map(({ id }) => id));
      pageToken = page.message.nextPageToken;
    } while (pageToken !== "");
    expect(ids).toEqual(ruleIds);
  });

  test("nothing on stdin is an empty request", () => {
    const { value, error } = respond([listCategories], "");
    expect(error).toBeUndefined();
    expect(readAny(value, ListCategoriesResponseSchema)).toMatchObject({
      kind: "message",
      message: { categories: [{ id: "AIP" }], nextPageToken: "" },
    });
  });

  test("all rules, unless some are named", () => {
    const fileDescriptors = filesOf(wrong);
    const all = call(check, CheckRequestSchema, { fileDescriptors });
    expect(readAny(all.value, CheckResponseSchema)).toMatchObject({
      message: { annotations: [missing, { ruleId: "OPERATION_HTTP_REQUIRED" }] },
    });
    const ruleIds = ["OPERATION_INFO_REQUIRED", "OPERATION_NO_STREAMING"];
    const some = call(check, CheckRequestSchema, { fileDescriptors, ruleIds });
    const { annotations } = messageOf(readAny(some.value, CheckResponseSchema));
    expect(annotations).toHaveLength(1);
    expect(annotations).toMatchObject([missing]);
  });

  test("JSON, with the options of methods in it", () => {
    const fileDescriptors = filesOf(
      library(`service Library {
        rpc Print(Request) returns (google.longrunning.Operation);
        rpc Write(Request) returns (google.longrunning.Operation) {
          option (google.longrunning.operation_info) = {response_type: "Book" metadata_type: "Progress"};
        }
      }`),
    );
    const value = packAny(CheckRequestSchema, {
      fileDescriptors,
      ruleIds: ["OPERATION_INFO_REQUIRED"],
    });
    const input = toJsonString(RequestSchema, create(RequestSchema, { value }), { registry });
    const { status, stdout } = run([check, "--format", "json"], input);
    expect(status).toBe(0);
    const response = fromJsonString(ResponseSchema, stdout.toString(), { registry });
    const { annotations } = messageOf(readAny(response.value, CheckResponseSchema));
    expect(annotations).toMatchObject([missing]);
    expect(annotations).toHaveLength(1);
  });

  test.each([
    ["an unknown rule", { ruleIds: ["OPERATION_GUESSED"] }, `there is no rule "OPERATION_GUESSED"`],
    [
      "an unknown option",
      { options: [{ key: "strict" }] },
      `there is no option "strict", nor any other`,
    ],
    [
      "a missing import",
      { fileDescriptors: [{ fileDescriptorProto: { name: "a.proto", dependency: ["b.proto"] } }] },
      "the files cannot be checked: ",
    ],
  ])("%s is the caller's fault", (_, request, message) => {
    const { value, error } = call(check, CheckRequestSchema, request);
    expect(value).toBeUndefined();
    expect(error).toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect(error?.message).toContain(message);
  });

  test("an unknown page is the caller's fault", () => {
    const { error } = call(listRules, ListRulesRequestSchema, { pageToken: "AIP" });
    expect(error).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      message: `there is no page "AIP"`,
    });
  });

  test("a request of another type is the caller's fault", () => {
    const { error } = call(check, EmptySchema, {});
    expect(error).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      message: "the request must be a buf.plugin.check.v1.CheckRequest",
    });
  });

  test.each([["binary"], ["json"]])("what is not %s is the caller's fault", (format) => {
    const { status, stdout, stderr } = run([check, "--format", format], "\u0007\u0007{");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { error } =
      format === "json"
        ? fromJsonString(ResponseSchema, stdout.toString())
        : fromBinary(ResponseSchema, stdout);
    expect(error).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      message: "stdin must hold a pluginrpc.v1.Request",
    });
  });
});

function messageOf<Message>(reading: { kind: string; message?: Message }): Message {
  if (reading.message === undefined) {
    throw new Error(reading.kind);
  }
  return reading.message;
}
