// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { copyFile, mkdir, truncate } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { ChecksumTreeMetadataSchema } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { checksumApp } from "../../examples/express/app.ts";
import { Checksum } from "../../examples/react-page/checksum.tsx";
import { requiredProgram } from "../required-program.ts";
import { shellDigest } from "./checksum/shell-digest.ts";
import { temporaryTree } from "./checksum/temporary-tree.ts";

const pathOf = (path: string) =>
  fileURLToPath(new URL(`../../examples/react-page/${path}`, import.meta.url));

test("a component shows what is known of an operation", () => {
  const client = new QueryClient();
  const element = createElement(Checksum, { name: "operations/a" });
  const render = () => renderToString(createElement(QueryClientProvider, { client }, element));
  expect(render()).toContain("Waiting…");
  const metadata = create(ChecksumTreeMetadataSchema, { filesDone: 2n, filesTotal: 5n });
  client.setQueryData(["progress", "operations/a"], metadata);
  expect(render()).toContain("2 of 5 files");
});

/** The page behind the app of examples/express. */
async function serve() {
  const tree = await temporaryTree({ "served/a": "a", "served/huge": "" });
  await truncate(tree.path("served/huge"), 1024 ** 4);
  const page = tree.path("page");
  await mkdir(page);
  await copyFile(pathOf("index.html"), `${page}/index.html`);
  const entryPoints = [pathOf("main.tsx")];
  await build({ entryPoints, bundle: true, format: "esm", outdir: page });
  const root = tree.path("served");
  const { app, operations } = checksumApp({ database: tree.path("operations.db"), root, page });
  operations.work();
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tree,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await operations.close({ drainMs: 0 });
      await tree[Symbol.asyncDispose]();
    },
  };
}

const program = "/usr/bin/chromium";
const chromiumIsHere = requiredProgram(program, "apt-get install chromium");

describe.runIf(chromiumIsHere)("the page", () => {
  test("starts an operation, comes back to it, cancels it, and shows the result of another", async () => {
    await using server = await serve();
    const args = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"];
    const browser = await chromium.launch({ executablePath: program, args });
    try {
      const page = await browser.newPage();
      const start = async () => {
        await page.goto(server.baseUrl);
        await page.fill("input", ".");
        await page.click("text=Digest");
        await page.waitForURL(/\?operation=operations%2F\w+$/);
      };
      await start();
      await page.waitForSelector("text=1 of 2 files");

      await page.reload();
      await page.waitForSelector("text=1 of 2 files");
      await page.click("text=Cancel");
      expect(await page.textContent("[role=alert]")).toContain("[canceled]");

      await truncate(server.tree.path("served/huge"), 2);
      await start();
      expect(await page.textContent("output")).toBe(await shellDigest(server.tree.path("served")));

      await page.goto(`${server.baseUrl}/?operation=operations/none`);
      expect(await page.textContent("[role=alert]")).toContain("[not_found]");
      expect(await page.textContent("button")).toBe("Look again");
    } finally {
      await browser.close();
    }
  }, 60_000);
});
