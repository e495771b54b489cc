// SPDX-License-Identifier: Apache-2.0

import { type Message, toJson } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { createAsyncIterable, createFetchHandler } from "@connectrpc/connect/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createRestHandler } from "../../src/rest/handler.ts";
import type { RuleOptions } from "../../src/rest/rules.ts";
import { createRestTransport } from "../../src/rest/transport.ts";
import { methods, Probed, samples } from "./transport-probe.ts";

const { probe, watch } = methods;

/** A server and a client that know the same rules; the server answers with what it is asked. */
function pair(options: RuleOptions) {
  const asked: Message[] = [];
  function routes(router: ConnectRouter) {
    router.rpc(probe, (message) => {
      asked.push(message);
      return message;
    });
    router.rpc(watch, async function* (message) {
      asked.push(message);
      yield message;
      yield message;
    });
  }
  const handle = createFetchHandler(createRestHandler({ ...options, routes }));
  const fetch: typeof globalThis.fetch = (url, init) => handle(new Request(url, init));
  return {
    asked,
    transport: createRestTransport({ ...options, baseUrl: "http://127.0.0.1", fetch }),
  };
}

// In JSON: NaN is not equal to itself.
function expectSame(actual: readonly Message[], message: Message, count: number): void {
  const sent = toJson(Probed, message);
  expect(actual.map((one) => toJson(Probed, one))).toEqual(
    Array.from({ length: count }, () => sent),
  );
}

test("any request and any response arrive as they were sent", async () => {
  await fc.assert(
    fc.asyncProperty(samples, async ({ rule, message }) => {
      const { asked, transport } = pair({
        rules: [{ ...rule, selector: "probe.v1.Prober.Probe" }],
      });
      const response = await transport.unary(probe, undefined, undefined, undefined, message);
      expectSame(asked, message, 1);
      expectSame([response.message], message, 1);
    }),
    { numRuns: 400 },
  );
});

test("so does what streams", async () => {
  await fc.assert(
    fc.asyncProperty(samples, async ({ rule, message }) => {
      const { asked, transport } = pair({
        rules: [{ ...rule, selector: "probe.v1.Prober.Watch" }],
      });
      const input = createAsyncIterable([message]);
      const response = await transport.stream(watch, undefined, undefined, undefined, input);
      const answers: Message[] = [];
      for await (const answer of response.message) {
        answers.push(answer);
      }
      expectSame(asked, message, 1);
      expectSame(answers, message, 2);
    }),
    { numRuns: 150 },
  );
});
