// SPDX-License-Identifier: Apache-2.0

import type { MessageInitShape } from "@bufbuild/protobuf";
import { checkFiles } from "./check-files.ts";
import type {
  CheckRequest,
  CheckResponseSchema,
} from "./gen/buf/plugin/check/v1/check_service_pb.ts";
import { InvalidRequest } from "./procedure.ts";
import { isRuleId, type RuleId, ruleIds } from "./rules.ts";

/**
 * Checks what is asked.
 *
 * @throws InvalidRequest if it asks for a rule or an option that there is not.
 */
export function check(request: CheckRequest): MessageInitShape<typeof CheckResponseSchema> {
  const [option] = request.options;
  if (option !== undefined) {
    throw new InvalidRequest(`there is no option "${option.key}", nor any other`);
  }
  const files = request.fileDescriptors.flatMap(({ fileDescriptorProto: proto, isImport }) =>
    proto === undefined ? [] : [{ proto, isImport }],
  );
  const findings = checkFiles(files, selectRules(request.ruleIds));
  return {
    annotations: findings.map(({ rule, message, file, path }) => ({
      ruleId: rule,
      message,
      fileLocation: { fileName: file.proto.name, sourcePath: [...path] },
    })),
  };
}

/** None stands for all. */
function selectRules(ids: readonly string[]): readonly RuleId[] {
  const selected = ids.map((id) => {
    if (!isRuleId(id)) {
      throw new InvalidRequest(`there is no rule "${id}"`);
    }
    return id;
  });
  return selected.length === 0 ? ruleIds : selected;
}
