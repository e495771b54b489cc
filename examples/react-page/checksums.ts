// SPDX-License-Identifier: Apache-2.0

import { createConnectTransport } from "@connectrpc/connect-web";
import { createOperationClient, type OperationClient } from "longrunning/client";
import { ChecksumServiceOperations } from "../checksum/gen/checksum/v1/checksum_longrunning.ts";

/** The service, at the host of the page. */
export const checksums: OperationClient<typeof ChecksumServiceOperations> = createOperationClient(
  ChecksumServiceOperations,
  createConnectTransport({ baseUrl: "/", useBinaryFormat: true }),
);
