// SPDX-License-Identifier: Apache-2.0

// What a program imports to call a service.

export { createClient } from "@connectrpc/connect";
export { ChecksumService } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
