// SPDX-License-Identifier: Apache-2.0

/**
 * Every rule of the plugin, by its id, with its purpose as `buf config ls-lint-rules` shows it. No id
 * is the beginning of another, since a comment that ignores the longer one would ignore both.
 */
export const rules = {
  OPERATION_INFO_REQUIRED:
    "Checks that RPCs that return google.longrunning.Operation have the option google.longrunning.operation_info.",
  OPERATION_NO_STREAMING: "Checks that RPCs that return google.longrunning.Operation are unary.",
  OPERATION_TYPES_REQUIRED: "Checks that operation_info sets both response_type and metadata_type.",
  OPERATION_TYPES_RESOLVED:
    "Checks that operation_info names messages, those of another package by their full name.",
  OPERATION_TYPES_IMPORTED:
    "Checks that the types that operation_info names can be reached through imports.",
  OPERATION_RESPONSE_NOT_EMPTY:
    "Checks that only RPCs named Delete… or BatchDelete… respond with google.protobuf.Empty.",
  OPERATION_METADATA_NOT_EMPTY: "Checks that metadata_type is not google.protobuf.Empty.",
  OPERATION_RESPONSE_NAME:
    "Checks that response_type is the RPC's name and Response, or a resource: Book for CreateBook.",
  OPERATION_HTTP_REQUIRED:
    "Checks that long-running RPCs have the option google.api.http, with a path.",
  OPERATION_HTTP_NOT_GET:
    "Checks that long-running RPCs are not called by GET, neither over REST nor by Connect.",
  OPERATION_REQUEST_ID_FORMAT:
    "Checks that a request_id in the request of a long-running RPC has google.api.field_info.format UUID4.",
  OPERATION_RUN_JOB_RESPONSE:
    "Checks that RPCs named Run…Job return google.longrunning.Operation, with Run…JobResponse as response_type.",
  OPERATION_RUN_JOB_HTTP:
    'Checks that RPCs named Run…Job are a POST with body "*" to a path that ends with ":run".',
} as const;

/** What a rule is switched on and off by, and ignored. */
export type RuleId = keyof typeof rules;

/** Every rule, in the order above. */
export const ruleIds: readonly RuleId[] = Object.keys(rules).filter(isRuleId);

/** Whether there is a rule of this id. */
export function isRuleId(id: string): id is RuleId {
  return Object.hasOwn(rules, id);
}
