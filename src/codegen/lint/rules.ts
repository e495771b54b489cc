// SPDX-License-Identifier: Apache-2.0

import type { Rule } from "./rule.ts";
import { infoRequired, noStreaming, typesRequired, typesResolved } from "./rules/annotation.ts";
import { metadataNotEmpty, responseNotEmpty } from "./rules/empty.ts";
import { httpNotGet, httpRequired } from "./rules/http.ts";
import { typesImported } from "./rules/imports.ts";
import { requestIdFormat } from "./rules/request-id.ts";
import { responseName } from "./rules/response-name.ts";
import { runJobHttp, runJobResponse } from "./rules/run-job.ts";

/** Every rule of the plugin. */
export const rules: readonly Rule[] = [
  infoRequired,
  noStreaming,
  typesRequired,
  typesResolved,
  typesImported,
  responseNotEmpty,
  metadataNotEmpty,
  responseName,
  httpRequired,
  httpNotGet,
  requestIdFormat,
  runJobResponse,
  runJobHttp,
];
