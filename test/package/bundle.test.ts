// SPDX-License-Identifier: Apache-2.0

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { bundlePage } from "../../bench/bundle/bundle-page.ts";

const built = fileURLToPath(new URL("../../dist/", import.meta.url));
const entries = {
  client: "bench/bundle/with-client.js",
  server: "src/server/index.js",
  rest: "src/rest/index.js",
  filter: "src/filter/index.js",
} as const;

/** What is said in a bundle of each of these, and nowhere else. */
const words = {
  server: "sweepIntervalMs",
  rest: "x-server-timeout",
  filter: "this string has no closing quote",
} as const;

async function bundled(entry: keyof typeof entries) {
  const { code, inputs } = await bundlePage(built + entries[entry]);
  return { text: code.toString(), files: [...inputs.keys()].map((path) => resolve(path)) };
}

describe("a page with longrunning/client", async () => {
  const { text, files } = await bundled("client");
  const ours = files
    .filter((path) => path.startsWith(built))
    .map((path) => path.slice(built.length));

  test("is made of the client, the contract and generated types alone", () => {
    expect(ours).toContain("src/client/client.js");
    expect(
      ours.filter(
        (path) => !/^(?:src\/(?:client\/)?[^/]+|gen\/.+_pb|(?:bench|examples)\/.+)\.js$/.test(path),
      ),
    ).toEqual([]);
  });

  test("leaves out what only servers and the JSON of errors need", () => {
    expect(ours.filter((path) => /error_details|operation-(?:info|registry)/.test(path))).toEqual(
      [],
    );
  });

  test("needs Connect and protobuf, and no other package", () => {
    const packages = files.flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
    );
    expect([...new Set(packages)].sort()).toEqual([
      "@bufbuild/protobuf",
      "@connectrpc/connect",
      "@connectrpc/connect-web",
    ]);
  });

  test("asks for nothing of Node", () => {
    expect(text).not.toMatch(/["'`]node:|\brequire\(|\bBuffer\b/);
  });

  test.each(Object.entries(words))("says nothing of %s", async (name, word) => {
    expect((await bundled(name as keyof typeof words)).text).toContain(word);
    expect(text).not.toContain(word);
  });
});
