// SPDX-License-Identifier: Apache-2.0

import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { requiredProgram } from "../required-program.ts";
import { protocols } from "./page-protocols.ts";
import { type PageServer, pageServer } from "./page-server.ts";
import { openScene, type Scene, type SceneOptions } from "./scene.ts";

const program = "/usr/bin/chromium";
const chromiumIsHere = requiredProgram(program, "apt-get install chromium");

// For machines that have much else to do.
const patienceMs = 60_000;

// Chromium says that, whoever catches the error that goes with it.
const noConnection = /^Failed to load resource: net::ERR_/;

// Each test has a tab and a server to itself, and mostly waits.
describe.runIf(chromiumIsHere).concurrent("a page in Chromium", { timeout: patienceMs }, () => {
  let browser: Browser;
  let pages: PageServer;

  beforeAll(async () => {
    [pages, browser] = await Promise.all([
      pageServer(),
      chromium.launch({
        executablePath: program,
        args: [
          ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
          ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
        ],
      }),
    ]);
  }, patienceMs);

  afterAll(async () => {
    await browser?.close();
    await pages?.[Symbol.asyncDispose]();
  });

  function open(options: Omit<SceneOptions, "origin">): Promise<Scene> {
    return openScene(browser, { ...options, origin: pages.origin });
  }

  for (const protocol of Object.keys(protocols)) {
    test(`follows an operation, and comes back to it after a reload: ${protocol}`, async ({
      expect,
    }) => {
      await using scene = await open({ protocol });
      const { page, server } = scene;
      await page.click("#start");
      await page.waitForSelector("li:nth-child(2)");
      const before = await scene.states();

      await page.reload();
      await page.waitForSelector("li:nth-child(2)");
      const after = await scene.states();
      server.finish();
      const [result] = await scene.results();

      const seen = [...before, ...after];
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect(after[0]).toBeGreaterThan(before[0] ?? Number.NaN);
      expect(result).toBe(`digest of ${new URL(page.url()).hash.slice(1)}`);
      expect(server.calls.filter((name) => name === "ChecksumTree")).toHaveLength(1);
      expect(scene.complaints).toEqual([]);
    });

    test(`cancels an operation: ${protocol}`, async ({ expect }) => {
      await using scene = await open({ protocol });
      await scene.page.click("#start");
      await scene.page.waitForSelector("li");

      await scene.page.click("article button");

      const [result] = await scene.results();
      expect(result).toMatch(/^OperationError: \[canceled\]/);
      expect(scene.complaints).toEqual([]);
    });
  }

  test("leaves room for its other requests when it waits for many", async ({ expect }) => {
    const count = 8;
    await using scene = await open({ protocol: "Connect, binary", listen: false });
    const { page, server } = scene;
    for (let i = 1; i <= count; i += 1) {
      await page.click("#start");
      await page.waitForSelector(`article:nth-of-type(${i})`);
    }
    await expect.poll(() => server.mostWaits, { timeout: 10_000 }).toBe(4);

    await page.click("#ask");
    const answer = page.locator("output[data-took-ms]");
    const tookMs = Number(await answer.getAttribute("data-took-ms"));
    server.finish();

    expect(await scene.results(count)).toEqual(
      Array.from({ length: count }, () => expect.stringMatching(/^digest of /)),
    );
    // Behind six waits, which are all that there is room for, it would take 30 s.
    expect(tookMs).toBeLessThan(10_000);
    expect(server.mostWaits).toBe(4);
    expect(server.calls).toContain("GetOperation");
    expect(scene.complaints).toEqual([]);
  });

  for (const listen of [true, false]) {
    test(`goes on when its server does, listening: ${listen}`, async ({ expect }) => {
      await using scene = await open({ protocol: "Connect, JSON", listen });
      const { page, server } = scene;
      await page.click("#start");
      await expect.poll(() => server.calls, { timeout: 10_000 }).toContain("WaitOperation");

      await server.stop();
      await page.waitForSelector("em:not(:empty)");
      await server.start();
      server.finish();

      expect(await scene.results()).toEqual([expect.stringMatching(/^digest of /)]);
      expect(server.calls.filter((name) => name === "ChecksumTree")).toHaveLength(1);
      expect(scene.complaints.filter((text) => !noConnection.test(text))).toEqual([]);
    });
  }

  test("goes on when it is online again", async ({ expect }) => {
    await using scene = await open({ protocol: "Connect, binary" });
    const { page, context, server } = scene;
    await page.click("#start");
    await page.waitForSelector("li");

    await context.setOffline(true);
    await page.waitForSelector("em:not(:empty)");
    const before = (await scene.states()).length;
    await context.setOffline(false);
    await page.waitForSelector(`li:nth-child(${before + 1})`);
    server.finish();

    expect(await scene.results()).toEqual([expect.stringMatching(/^digest of /)]);
    expect(scene.complaints.filter((text) => !noConnection.test(text))).toEqual([]);
  });
});
