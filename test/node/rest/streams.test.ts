// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { request as http1Request } from "node:http";
import { constants } from "node:http2";
import type { DescMessage, DescMethodServerStreaming } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import type { HttpBodySchema } from "../../../gen/google/api/httpbody_pb.ts";
import { nodeAdapter } from "../../../src/node/index.ts";
import { compiled, serviceOf } from "../../rest/library.ts";
import { served } from "../served.ts";
import { aborted, connected, errorIn, get, http2Session } from "./calls.ts";
import { serveLibrary } from "./library-server.ts";

const files = serviceOf(
  compiled({
    "files.proto": `
      syntax = "proto3";
      package files.v1;
      import "google/api/annotations.proto";
      import "google/api/httpbody.proto";
      service Files {
        rpc Read(google.api.HttpBody) returns (stream google.api.HttpBody) {
          option (google.api.http) = { get: "/v1/file" };
        }
      }
    `,
  }),
  "files.v1.Files",
);

describe.each(["HTTP/1.1", "HTTP/2"] as const)("a stream over %s", (version) => {
  async function* shelves(...names: string[]) {
    for (const name of names) {
      yield { name };
    }
  }

  test("is an array that comes piece by piece, with headers of its implementation", async () => {
    const server = await serveLibrary({
      async *watch(_, { responseHeader }) {
        responseHeader.set("x-handler", "first");
        yield* shelves("a", "b");
      },
    });
    await connected(server, version, async (client) => {
      const answer = await client.send(get("/v1/shelves:watch"));
      expect(answer.headers["x-handler"]).toBe("first");
      expect(JSON.parse(`${answer.body}`)).toEqual([{ name: "a" }, { name: "b" }]);
    });
  });

  test("may be empty", async () => {
    await connected(await serveLibrary({ watch: () => shelves() }), version, async (client) => {
      const answer = await client.send(get("/v1/shelves:watch"));
      expect([answer.status, `${answer.body}`]).toEqual([200, "[]"]);
    });
  });

  test("that fails at first has the status of its error", async () => {
    const server = await serveLibrary({
      // biome-ignore lint/correctness/useYield: it fails before.
      async *watch() {
        throw new ConnectError("not yet", Code.FailedPrecondition);
      },
    });
    await connected(server, version, async (client) => {
      const answer = await client.send(get("/v1/shelves:watch"));
      expect(errorIn(answer)).toEqual([400, "FAILED_PRECONDITION"]);
    });
  });

  test("that fails later ends with its error", async () => {
    const server = await serveLibrary({
      async *watch() {
        yield* shelves("a");
        throw new Error("secret");
      },
    });
    await connected(server, version, async (client) => {
      const answer = await client.send(get("/v1/shelves:watch"));
      expect(answer.status).toBe(200);
      expect(JSON.parse(`${answer.body}`)).toEqual([
        { name: "a" },
        { error: { code: 500, message: "internal error", status: "INTERNAL" } },
      ]);
    });
  });

  test("whose client leaves is aborted, and nobody is told of an error", async () => {
    const events: unknown[] = [];
    let reason: Promise<unknown> | undefined;
    await using server = await serveLibrary(
      {
        async *watch(_, { signal }) {
          reason = aborted(signal);
          while (!signal.aborted) {
            yield { theme: "x".repeat(100_000) };
          }
        },
      },
      { onEvent: (event) => events.push(event) },
    );
    const target = "/v1/shelves:watch";
    if (version === "HTTP/1.1") {
      const [response] = await once(http1Request(server.baseUrl + target).end(), "response");
      await once(response, "data");
      response.destroy();
    } else {
      using session = http2Session(server.baseUrl);
      const stream = session.request({ ":path": target });
      await once(stream, "data");
      stream.on("error", () => {}).close(constants.NGHTTP2_CANCEL);
      await once(stream, "close");
    }
    expect(await reason).toMatchObject({ code: Code.Canceled });
    await server.server.close({ graceMs: 1_000 });
    expect(events).toEqual([]);
  });

  test("of bytes that fails later breaks off", async () => {
    const events: unknown[] = [];
    const read = files.methods[0];
    const server = await served(
      nodeAdapter({
        onEvent: (event) => events.push(event),
        routes(router) {
          if (read?.methodKind === "server_streaming") {
            router.rpc(
              read as DescMethodServerStreaming<DescMessage, typeof HttpBodySchema>,
              async function* () {
                yield { contentType: "text/plain", data: Buffer.from("half") };
                throw new Error("secret");
              },
            );
          }
        },
      }),
    );
    await connected(server, version, async (client) => {
      await expect(client.send(get("/v1/file"))).rejects.toThrow();
      expect(events).toEqual([]);
    });
  });
});
