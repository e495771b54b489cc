// SPDX-License-Identifier: Apache-2.0

import { answer } from "./answer.ts";
import { codecOf } from "./codec.ts";
import { CheckService } from "./gen/buf/plugin/check/v1/check_service_pb.ts";
import { RuleType } from "./gen/buf/plugin/check/v1/rule_pb.ts";
import { category, listedRules } from "./listing.ts";
import { pageOf } from "./page.ts";
import type { ProcedureCall } from "./plugin-rpc.ts";
import { type Procedure, procedure } from "./procedure.ts";

const listed = listedRules.map((rule) => ({ ...rule, type: RuleType.LINT }));

const procedures: readonly Procedure[] = [
  procedure(CheckService.method.check, async (request) => {
    const { check } = await import("./check-request.ts");
    return check(request);
  }),
  procedure(CheckService.method.listRules, (request) => {
    const { page, nextPageToken } = pageOf(listed, request);
    return { rules: page, nextPageToken };
  }),
  procedure(CheckService.method.listCategories, (request) => {
    const { page, nextPageToken } = pageOf([category], request);
    return { categories: page, nextPageToken };
  }),
];

/** Calls a procedure of the `buf.plugin.check.v1.CheckService` that is this plugin. */
export async function callCheckService(call: ProcedureCall): Promise<Uint8Array> {
  const called = procedures.find(({ path }) => path === call.path);
  if (called === undefined) {
    throw new Error(`there is no procedure "${call.path}"`);
  }
  return answer(called, await codecOf(call.format), call.input);
}
