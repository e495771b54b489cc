// SPDX-License-Identifier: Apache-2.0

import { fromJson } from "@bufbuild/protobuf";
import { ChecksumServiceOperations } from "../../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { HttpSchema } from "../../../gen/google/api/http_pb.ts";
import { type Operation, Operations } from "../../../gen/google/longrunning/operations_pb.ts";
import { nodeAdapter } from "../../../src/node/index.ts";
import { type Served, served } from "../../node/served.ts";
import { at } from "./checksum-states.ts";

/** What a call of a method is answered with, the first one to ask for the state being 0. */
type Answer = (
  count: number,
  method: "GetOperation" | "WaitOperation",
) => Operation | Promise<Operation>;

/** A server of one operation, over every protocol, that does as a test says. */
export interface OneOperationServer extends Served {
  /** The methods that were called since the server was told what to answer. */
  readonly calls: readonly string[];
  tell(answer: Answer): void;
  /** Answers every request with this, as a server that is not ours may. */
  tellJson(json: object): void;
}

export async function oneOperationServer(): Promise<OneOperationServer> {
  const calls: string[] = [];
  let count = 0;
  let answer: Answer = () => at(0);
  let json: object | undefined;
  function ask(method: "GetOperation" | "WaitOperation"): Operation | Promise<Operation> {
    calls.push(method);
    count += 1;
    return answer(count - 1, method);
  }
  // As google-gax asks over REST.
  const rules = fromJson(HttpSchema, {
    rules: [
      {
        selector: "google.longrunning.Operations.GetOperation",
        get: "/v1/{name=operations/**}",
        additional_bindings: [{ get: "/v1/operations/{name}" }],
      },
    ],
  });
  const adapter = nodeAdapter({
    rest: rules,
    routes(router) {
      router.service(ChecksumServiceOperations, {
        checksumTree() {
          calls.push("ChecksumTree");
          return at(0);
        },
      });
      router.service(Operations, {
        getOperation: () => ask("GetOperation"),
        waitOperation: () => ask("WaitOperation"),
        cancelOperation() {
          calls.push("CancelOperation");
          return {};
        },
      });
    },
  });
  const server = await served((request, response) => {
    if (json === undefined) {
      adapter(request, response);
    } else {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(json));
    }
  });
  return {
    ...server,
    calls,
    tell(told) {
      answer = told;
      json = undefined;
      count = 0;
      calls.length = 0;
    },
    tellJson(told) {
      json = told;
    },
  };
}
