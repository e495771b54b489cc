// SPDX-License-Identifier: Apache-2.0

import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescService,
  type Message,
} from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { compileProto } from "../compile-proto.ts";

const source = `
  syntax = "proto3";
  package holder.v1;
  import "google/protobuf/any.proto";
  service HolderService {
    rpc GetHolder(Holder) returns (Holder) { option idempotency_level = NO_SIDE_EFFECTS; }
    rpc StreamHolders(Holder) returns (stream Holder);
  }
  // Holds an Any in each way that a message can hold another.
  message Holder {
    google.protobuf.Any one = 1;
    repeated google.protobuf.Any many = 2;
    map<string, google.protobuf.Any> by_name = 3;
    oneof pick {
      google.protobuf.Any chosen = 4;
      string text = 5;
    }
    Holder child = 6;
    repeated Holder children = 7;
    string note = 8;
  }
`;

const types = createFileRegistry(compileProto({ "holder/v1/holder.proto": source }));

function found<T>(type: T | undefined): T {
  if (type === undefined) {
    throw new Error("not compiled");
  }
  return type;
}

export const HolderService: DescService = found(types.getService("holder.v1.HolderService"));
export const HolderSchema: DescMessage = found(types.getMessage("holder.v1.Holder"));

export function holder(init: Record<string, unknown>): Message {
  return create(HolderSchema, init);
}

interface HolderHandlers {
  readonly getHolder?: (request: Message) => Message;
  readonly streamHolders?: () => AsyncIterable<Message>;
}

export function serveHolders(router: ConnectRouter, handlers: HolderHandlers): void {
  // A descriptor that is made at run time has no methods for the compiler.
  router.service(HolderService, handlers as Record<string, never>);
}
