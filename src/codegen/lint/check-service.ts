// SPDX-License-Identifier: Apache-2.0

import { createRegistry, type MessageInitShape } from "@bufbuild/protobuf";
import { file_google_api_annotations } from "../../../gen/google/api/annotations_pb.ts";
import { file_google_api_field_info } from "../../../gen/google/api/field_info_pb.ts";
import { file_google_api_resource } from "../../../gen/google/api/resource_pb.ts";
import { file_google_longrunning_operations } from "../../../gen/google/longrunning/operations_pb.ts";
import { answer } from "./answer.ts";
import { checkFiles } from "./check-files.ts";
import { codecOf } from "./codec.ts";
import {
  type CheckRequest,
  type CheckResponseSchema,
  CheckService,
  file_buf_plugin_check_v1_check_service,
} from "./gen/buf/plugin/check/v1/check_service_pb.ts";
import { RuleType } from "./gen/buf/plugin/check/v1/rule_pb.ts";
import { pageOf } from "./page.ts";
import type { ProcedureCall } from "./plugin-rpc.ts";
import { InvalidRequest, type Procedure, procedure } from "./procedure.ts";
import type { Rule } from "./rule.ts";
import { rules } from "./rules.ts";

const category = {
  id: "AIP",
  purpose: "Checks that long-running RPCs are as Google's API improvement proposals have them.",
};

const procedures: readonly Procedure[] = [
  procedure(CheckService.method.check, check),
  procedure(CheckService.method.listRules, (request) => {
    const { page, nextPageToken } = pageOf(rules, request);
    const shared = { categoryIds: [category.id], default: true, type: RuleType.LINT };
    return { rules: page.map(({ id, purpose }) => ({ id, purpose, ...shared })), nextPageToken };
  }),
  procedure(CheckService.method.listCategories, (request) => {
    const { page, nextPageToken } = pageOf([category], request);
    return { categories: page, nextPageToken };
  }),
];

const registry = createRegistry(
  file_buf_plugin_check_v1_check_service,
  file_google_api_annotations,
  file_google_api_field_info,
  file_google_api_resource,
  file_google_longrunning_operations,
);

/** Calls a procedure of the `buf.plugin.check.v1.CheckService` that is this plugin. */
export function callCheckService({ path, format, input }: ProcedureCall): Uint8Array {
  const called = procedures.find((procedure) => procedure.path === path);
  if (called === undefined) {
    throw new Error(`there is no procedure "${path}"`);
  }
  return answer(called, codecOf(format, registry), input);
}

function check(request: CheckRequest): MessageInitShape<typeof CheckResponseSchema> {
  const [option] = request.options;
  if (option !== undefined) {
    throw new InvalidRequest(`there is no option "${option.key}", nor any other`);
  }
  const files = request.fileDescriptors.flatMap(({ fileDescriptorProto: proto, isImport }) =>
    proto === undefined ? [] : [{ proto, isImport }],
  );
  const annotations = checkFiles(files, selectRules(request.ruleIds)).map((finding) => ({
    ruleId: finding.rule.id,
    message: finding.message,
    fileLocation: { fileName: finding.file.proto.name, sourcePath: [...finding.path] },
  }));
  return { annotations };
}

function selectRules(ids: readonly string[]): readonly Rule[] {
  const unknown = ids.find((id) => !rules.some((rule) => rule.id === id));
  if (unknown !== undefined) {
    throw new InvalidRequest(`there is no rule "${unknown}"`);
  }
  return ids.length === 0 ? rules : rules.filter(({ id }) => ids.includes(id));
}
