// SPDX-License-Identifier: Apache-2.0

import type { DescField } from "@bufbuild/protobuf";

/** Fields from a message inwards; all but the last hold a single message. */
export type FieldPath = readonly DescField[];
