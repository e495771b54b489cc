// SPDX-License-Identifier: Apache-2.0

import { createConnectTransport } from "@connectrpc/connect-web";
import { createOperationClient } from "longrunning/client";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { createPage } from "./page.ts";

const transport = createConnectTransport({ baseUrl: location.origin, useBinaryFormat: true });
const checksums = createOperationClient(ChecksumServiceOperations, transport);

const page = createPage();
page.onStart(async (root) => {
  const operation = await checksums.checksumTree({ root });
  page.onCancel(() => operation.cancel());
  for await (const metadata of operation.progress()) {
    page.showProgress(metadata);
  }
  page.showResult(await operation.result());
});
