// SPDX-License-Identifier: Apache-2.0

import type { Check } from "./check.ts";
import { infoRequired, noStreaming, typesRequired, typesResolved } from "./checks/annotation.ts";
import { metadataNotEmpty, responseNotEmpty } from "./checks/empty.ts";
import { httpNotGet, httpRequired } from "./checks/http.ts";
import { typesImported } from "./checks/imports.ts";
import { requestIdFormat } from "./checks/request-id.ts";
import { responseName } from "./checks/response-name.ts";
import { runJobHttp, runJobResponse } from "./checks/run-job.ts";
import type { RuleId } from "./rules.ts";

/** What each rule checks. */
export const checks: Readonly<Record<RuleId, Check>> = {
  OPERATION_INFO_REQUIRED: infoRequired,
  OPERATION_NO_STREAMING: noStreaming,
  OPERATION_TYPES_REQUIRED: typesRequired,
  OPERATION_TYPES_RESOLVED: typesResolved,
  OPERATION_TYPES_IMPORTED: typesImported,
  OPERATION_RESPONSE_NOT_EMPTY: responseNotEmpty,
  OPERATION_METADATA_NOT_EMPTY: metadataNotEmpty,
  OPERATION_RESPONSE_NAME: responseName,
  OPERATION_HTTP_REQUIRED: httpRequired,
  OPERATION_HTTP_NOT_GET: httpNotGet,
  OPERATION_REQUEST_ID_FORMAT: requestIdFormat,
  OPERATION_RUN_JOB_RESPONSE: runJobResponse,
  OPERATION_RUN_JOB_HTTP: runJobHttp,
};
