// SPDX-License-Identifier: Apache-2.0

import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ruleIds, rules } from "../../../src/codegen/lint/rules.ts";
import { buf, lintDirectory } from "./buf.ts";
import { type CompiledPlugin, compilePlugin } from "./compiled-plugin.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

let plugin: CompiledPlugin;

beforeAll(() => {
  plugin = compilePlugin();
}, 60_000);

afterAll(() => plugin[Symbol.dispose]());

function configOf(modules: readonly object[]): object {
  return {
    version: "v2",
    modules,
    lint: { use: ["AIP"] },
    plugins: [{ plugin: [process.execPath, plugin.path] }],
  };
}

test("buf lists every rule, in its category", () => {
  const config = JSON.stringify(configOf([{ path: "." }]));
  const args = ["config", "ls-lint-rules", "--configured-only", "--format", "json"];
  const listed = buf([...args, "--config", config], tmpdir())
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  expect(listed).toHaveLength(ruleIds.length);
  expect(listed).toEqual(
    expect.arrayContaining(
      ruleIds.map((id) =>
        expect.objectContaining({ id, purpose: rules[id], categories: ["AIP"], default: true }),
      ),
    ),
  );
});

test("buf asks what the plugin can answer without any package", () => {
  const directory = mkdtempSync(join(tmpdir(), "longrunning-lint-"));
  try {
    cpSync(dirname(dirname(plugin.path)), directory, { recursive: true });
    writeFileSync(join(directory, "package.json"), `{"type": "module"}`);
    const config = {
      ...configOf([{ path: "." }]),
      plugins: [
        { plugin: [process.execPath, join(directory, "codegen", "buf-plugin-longrunning.js")] },
      ],
    };
    const args = ["config", "ls-lint-rules", "--configured-only", "--format", "json"];
    const listed = buf([...args, "--config", JSON.stringify(config)], directory);
    expect(listed.trim().split("\n")).toHaveLength(ruleIds.length);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("our own protos and those of the examples are in order", () => {
  const modules = [{ path: "proto" }, { path: "examples/checksum/proto" }];
  expect(lintDirectory(root, configOf(modules))).toEqual([]);
});

test("Google's published protos are read, and what they do otherwise is found", () => {
  const published = dirname(
    createRequire(import.meta.url).resolve("google-proto-files/package.json"),
  );
  const directory = mkdtempSync(join(tmpdir(), "longrunning-lint-"));
  try {
    const sample = [
      "cloud/automl/v1",
      "cloud/vision/v1",
      "cloud/common_resources.proto",
      "datastore/admin/v1beta1",
      "firestore/admin/v1",
      "iam/v1",
      "longrunning",
      "rpc",
      "spanner/admin",
      "storage/control/v2",
      "streetview",
      "type",
    ];
    const api = readdirSync(join(published, "google/api")).filter((name) =>
      name.endsWith(".proto"),
    );
    for (const path of [...sample, ...api.map((name) => `api/${name}`)]) {
      cpSync(join(published, "google", path), join(directory, "google", path), { recursive: true });
    }
    const found = lintDirectory(directory, configOf([{ path: "." }]));
    const lines = found.map(({ path, line, rule }) => `${path}:${line} ${rule}`);
    expect(lines).toMatchInlineSnapshot(`
      [
        "google/cloud/automl/v1/prediction_service.proto:110 OPERATION_RESPONSE_NAME",
        "google/cloud/automl/v1/prediction_service.proto:111 OPERATION_TYPES_IMPORTED",
        "google/cloud/automl/v1/service.proto:68 OPERATION_TYPES_IMPORTED",
        "google/cloud/automl/v1/service.proto:109 OPERATION_TYPES_IMPORTED",
        "google/cloud/automl/v1/service.proto:129 OPERATION_RESPONSE_NOT_EMPTY",
        "google/cloud/automl/v1/service.proto:130 OPERATION_TYPES_IMPORTED",
        "google/cloud/automl/v1/service.proto:144 OPERATION_RESPONSE_NOT_EMPTY",
        "google/cloud/automl/v1/service.proto:145 OPERATION_TYPES_IMPORTED",
        "google/cloud/automl/v1/service.proto:170 OPERATION_TYPES_IMPORTED",
        "google/cloud/automl/v1/service.proto:202 OPERATION_TYPES_IMPORTED",
        "google/cloud/automl/v1/service.proto:233 OPERATION_RESPONSE_NOT_EMPTY",
        "google/cloud/automl/v1/service.proto:234 OPERATION_TYPES_IMPORTED",
        "google/cloud/automl/v1/service.proto:252 OPERATION_RESPONSE_NOT_EMPTY",
        "google/cloud/automl/v1/service.proto:253 OPERATION_TYPES_IMPORTED",
        "google/cloud/automl/v1/service.proto:271 OPERATION_RESPONSE_NOT_EMPTY",
        "google/cloud/automl/v1/service.proto:272 OPERATION_TYPES_IMPORTED",
        "google/cloud/vision/v1/product_search_service.proto:371 OPERATION_RESPONSE_NOT_EMPTY",
        "google/datastore/admin/v1beta1/datastore_admin.proto:90 OPERATION_INFO_REQUIRED",
        "google/datastore/admin/v1beta1/datastore_admin.proto:103 OPERATION_INFO_REQUIRED",
        "google/firestore/admin/v1/firestore_admin.proto:218 OPERATION_RESPONSE_NOT_EMPTY",
        "google/spanner/admin/database/v1/spanner_database_admin.proto:166 OPERATION_RESPONSE_NOT_EMPTY",
        "google/storage/control/v2/storage_control.proto:103 OPERATION_HTTP_REQUIRED",
        "google/storage/control/v2/storage_control.proto:119 OPERATION_HTTP_REQUIRED",
        "google/storage/control/v2/storage_control.proto:187 OPERATION_HTTP_REQUIRED",
        "google/storage/control/v2/storage_control.proto:201 OPERATION_HTTP_REQUIRED",
        "google/streetview/publish/v1/streetview_publish.proto:307 OPERATION_METADATA_NOT_EMPTY",
        "google/streetview/publish/v1/streetview_publish.proto:335 OPERATION_HTTP_NOT_GET",
        "google/streetview/publish/v1/streetview_publish.proto:340 OPERATION_METADATA_NOT_EMPTY",
      ]
    `);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
