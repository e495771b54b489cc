// SPDX-License-Identifier: Apache-2.0

// What it imports instead to follow the operations of that service.

export { createOperationClient } from "longrunning/client";
export { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
