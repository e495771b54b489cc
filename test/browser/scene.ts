// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type ChecksumServer, checksumServer } from "./checksum-server.ts";

export interface SceneOptions {
  /** Where the page comes from. */
  readonly origin: string;
  readonly protocol: string;
  /** Whether the page shows progress, and not only results. Default: true. */
  readonly listen?: boolean;
}

/** The page of `page.ts` in a tab, and a server of another origin that it calls. */
export interface Scene extends AsyncDisposable {
  readonly server: ChecksumServer;
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained about: errors on the console, and those that nobody caught. */
  readonly complaints: readonly string[];
  /** The states that the page has shown. */
  states(): Promise<number[]>;
  /** What its operations ended with, once so many have. */
  results(count?: number): Promise<string[]>;
}

export async function openScene(browser: Browser, options: SceneOptions): Promise<Scene> {
  const { origin, protocol, listen = true } = options;
  const directory = mkdtempSync(join(tmpdir(), "longrunning-browser-"));
  const server = await checksumServer({ origin, database: join(directory, "operations.db") });
  const context = await browser.newContext();
  // Less than a test has, so that what is waited for in vain is named.
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  const query = new URLSearchParams({
    protocol,
    server: server.baseUrl,
    ...(listen && { listen: "" }),
  });
  await page.goto(`${origin}/?${query}`);
  return {
    server,
    context,
    page,
    complaints,
    states: async () => (await page.locator("li").allTextContents()).map(Number),
    async results(count = 1) {
      const ended = page.locator("article output:not(:empty)");
      await ended.nth(count - 1).waitFor();
      return ended.allTextContents();
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      await server[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
