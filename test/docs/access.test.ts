// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { Operations as OperationsApi } from "../../gen/google/longrunning/operations_pb.ts";
import { principalKey } from "../../src/index.ts";
import { createOperations, memoryStore } from "../../src/server/index.ts";
import { readText, snippetsIn, typedBlocksIn, untrueLines } from "../snippets.ts";

const document = readText("docs/access.md");

describe("the document", () => {
  test("is short, and shows no code that is not taken from a file", () => {
    expect(document.split("\n").length).toBeLessThanOrEqual(100);
    expect(snippetsIn(document).length).toBeGreaterThanOrEqual(2);
    expect(typedBlocksIn(document)).toBe(snippetsIn(document).length);
  });

  test.each(snippetsIn(document))("shows $path as it is", (snippet) => {
    expect(untrueLines(snippet)).toEqual([]);
  });

  test("knows the grants, and the actions", () => {
    for (const word of ["own", "all", "none", "get", "wait", "cancel", "delete", "list", "start"]) {
      expect(document).toContain(`\`${word}\``);
    }
  });
});

/** A service whose callers say in a header who they are, which only a test may believe. */
function serve() {
  const userOf = async (token: string) => (token === "" ? undefined : token);
  const store = memoryStore();
  const operations = createOperations({
    store,
    principal: (context) => context.values.get(principalKey),
    authorize({ action, principal }) {
      if (principal === "support") {
        return action === "get" || action === "list" ? "all" : "none";
      }
      return "own";
    },
  });
  const checksum = operations.implement(ChecksumServiceOperations, {
    checksumTree: () => new Promise<never>(() => {}),
  });
  const transport = createRouterTransport(
    (router) => {
      operations.routes(router);
      router.service(ChecksumServiceOperations, checksum);
    },
    {
      router: {
        interceptors: [
          (next) => async (request) => {
            const token = request.header.get("authorization") ?? "";
            request.contextValues.set(principalKey, await userOf(token));
            return await next(request);
          },
        ],
      },
    },
  );
  const clients = {
    checksum: createClient(ChecksumServiceOperations, transport),
    api: createClient(OperationsApi, transport),
  };
  return { operations, ...clients };
}

const as = (user: string) => ({ headers: { authorization: user } });
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => Code[ConnectError.from(error).code],
  );

test("the code in it tells callers apart as it says", async () => {
  const { operations, checksum, api } = serve();
  await using _ = operations;
  const { name } = await checksum.checksumTree({ root: "/" }, as("ann"));
  expect(await codeOf(api.getOperation({ name }, as("ann")))).toBe("ok");
  expect(await codeOf(api.getOperation({ name }, as("bob")))).toBe("NotFound");
  expect(await codeOf(api.getOperation({ name }))).toBe("Unauthenticated");
  expect((await api.listOperations({}, as("bob"))).operations).toEqual([]);

  expect(await codeOf(api.getOperation({ name }, as("support")))).toBe("ok");
  expect((await api.listOperations({}, as("support"))).operations).toHaveLength(1);
  expect(await codeOf(api.cancelOperation({ name }, as("support")))).toBe("NotFound");
  expect(await codeOf(checksum.checksumTree({ root: "/" }, as("support")))).toBe(
    "PermissionDenied",
  );
});
