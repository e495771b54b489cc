// SPDX-License-Identifier: Apache-2.0

import { createRegistry, type Registry } from "@bufbuild/protobuf";
import { file_google_api_annotations } from "../../../gen/google/api/annotations_pb.ts";
import { file_google_api_field_info } from "../../../gen/google/api/field_info_pb.ts";
import { file_google_api_resource } from "../../../gen/google/api/resource_pb.ts";
import { file_google_longrunning_operations } from "../../../gen/google/longrunning/operations_pb.ts";
import { file_buf_plugin_check_v1_check_service } from "./gen/buf/plugin/check/v1/check_service_pb.ts";

/** What the plugin reads in JSON: requests, and the options of methods, fields and messages. */
export const registry: Registry = createRegistry(
  file_buf_plugin_check_v1_check_service,
  file_google_api_annotations,
  file_google_api_field_info,
  file_google_api_resource,
  file_google_longrunning_operations,
);
