// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectRouter, Interceptor, ServiceImpl } from "@connectrpc/connect";
import { Operations as OperationsApi } from "longrunning/google/longrunning/operations_pb.js";
import { createNodeServer, nodeAdapter } from "longrunning/node";
import { createOperations, memoryStore } from "longrunning/server";
import { ImageAnnotatorOperations } from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_longrunning.ts";
import { directOperations } from "../workload/direct.ts";
import { listen } from "../workload/listen.ts";

/** Where the same operations are served. */
export interface Ports {
  readonly whole: number;
  /** Without WaitOperation. */
  readonly withoutWait: number;
}

/** What is to be served. */
export interface Operations {
  readonly inFlight: number;
  /** How long each of them takes: at least, at most. */
  readonly seconds: readonly [number, number];
}

/**
 * A service of Google's, since Google's own clients can call it. The response of its operations says
 * when the handler returned, in nanoseconds on the machine's clock.
 */
export async function open({ inFlight, seconds: [least, most] }: Operations): Promise<{
  ports(): Promise<Ports>;
  /** How many calls about operations came since the last time that this was asked. */
  takeCalls(): Promise<number>;
}> {
  const operations = createOperations({ store: memoryStore(), concurrency: inFlight });
  const annotator = operations.implement(ImageAnnotatorOperations, {
    async asyncBatchAnnotateFiles() {
      await sleep(1_000 * (least + Math.random() * (most - least)));
      const uri = String(process.hrtime.bigint());
      return { responses: [{ outputConfig: { gcsDestination: { uri } } }] };
    },
  });
  operations.work();

  let calls = 0;
  const count: Interceptor = (next) => (request) => {
    calls += request.service.typeName === OperationsApi.typeName ? 1 : 0;
    return next(request);
  };

  async function serve(implementation: ServiceImpl<typeof OperationsApi>): Promise<number> {
    const routes = (router: ConnectRouter): void => {
      router.service(OperationsApi, implementation);
      router.service(ImageAnnotatorOperations, annotator);
    };
    return await listen(createNodeServer(nodeAdapter({ routes, interceptors: [count] })));
  }

  const { waitOperation, ...others } = directOperations(operations);
  const ports = {
    whole: await serve({ waitOperation, ...others }),
    withoutWait: await serve(others as ServiceImpl<typeof OperationsApi>),
  };
  return {
    ports: async () => ports,
    async takeCalls() {
      const taken = calls;
      calls = 0;
      return taken;
    },
  };
}
