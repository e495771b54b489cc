// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { truncate } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { runClient, runServer, startServer } from "./programs.ts";
import { shellDigest } from "./shell-digest.ts";
import { type TemporaryTree, temporaryTree } from "./temporary-tree.ts";

const files = { "served/a/b": "x", "served/c d": "yy", "served/e": "", "state/file": "" };

async function start(tree: TemporaryTree, env: Readonly<Record<string, string>> = {}) {
  const CHECKSUM_ROOT = tree.path("served");
  const OPERATIONS_DB = tree.path("state/operations.db");
  return startServer({ CHECKSUM_ROOT, OPERATIONS_DB, ...env });
}

describe("the server", () => {
  test("prints where it is, what it serves, and commands that work as they stand", async () => {
    await using tree = await temporaryTree(files);
    await using server = await start(tree);
    const { stdout } = server.output;
    expect(stdout).toContain(`serving    ${tree.path("served")}\n`);
    expect(stdout).toContain(`operations ${tree.path("state/operations.db")}\n`);
    expect(stdout).toContain(`npm run checksum -- ${tree.path("served")} --server ${server.url}`);
    expect(stdout).not.toContain("warning");

    const [name, get, wait, cancel] = stdout.split("\n").filter((line) => line.includes("curl"));
    const script = [name, wait, "echo", get, "echo", cancel].join("\n");
    const { stdout: answers } = await promisify(execFile)("sh", ["-ec", script]);
    const [waited = "", got = "", cancelled = ""] = answers.split("\n");
    expect(JSON.parse(waited)).toMatchObject({
      done: true,
      metadata: { "@type": "type.googleapis.com/checksum.v1.ChecksumTreeMetadata", filesDone: "3" },
      response: {
        "@type": "type.googleapis.com/checksum.v1.ChecksumTreeResponse",
        treeDigest: await shellDigest(tree.path("served")),
      },
    });
    expect(JSON.parse(got)).toEqual(JSON.parse(waited));
    expect(JSON.parse(cancelled)).toEqual({});
  });

  test.each([
    [{ PORT: "abc" }, 'error: PORT must be a whole number from 0 to 65535, got "abc"\n'],
    [
      { CHECKSUM_ROOT: "/nowhere" },
      'error: CHECKSUM_ROOT must be a directory that can be read, got "/nowhere"\n',
    ],
    [{ HOST: "no.such.host.invalid" }, /^error: .*no\.such\.host\.invalid/],
    [{ OPERATIONS_DB: "/etc" }, /^error: .*\/etc/],
  ])("does not start with %j, and says why", async (env, message) => {
    await using tree = await temporaryTree(files);
    const OPERATIONS_DB = tree.path("state/operations.db");
    await using server = runServer({ PORT: "0", OPERATIONS_DB, ...env });
    expect(await server.ended).toBe(1);
    expect(server.output.stderr).toMatch(message);
    expect(server.output.stdout).toBe("");
  });

  test("does not start on a port in use", async () => {
    await using tree = await temporaryTree(files);
    await using server = await start(tree);
    const PORT = new URL(server.url).port;
    await using second = runServer({ PORT, OPERATIONS_DB: tree.path("state/second.db") });
    expect(await second.ended).toBe(1);
    expect(second.output.stderr).toMatch(/^error: .*EADDRINUSE/);
  });

  test("warns of a database inside the tree that it serves", async () => {
    await using tree = await temporaryTree(files);
    await using server = await start(tree, { OPERATIONS_DB: tree.path("served/operations.db") });
    expect(server.output.stdout).toContain("warning    OPERATIONS_DB is inside the tree");
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "stops in a moment on %s, and its successor goes on with what ran",
    async (signal) => {
      await using tree = await temporaryTree(files);
      await truncate(tree.path("served/c d"), 1024 ** 4);
      await using server = await start(tree);
      const PORT = new URL(server.url).port;
      await using client = runClient(["served", "--server", server.url], { cwd: tree.root });
      await client.written("stderr", /[1-9]\d* of 3 files/);
      server.kill(signal);
      expect(await server.ended).toBe(0);
      await truncate(tree.path("served/c d"), 2);
      await using successor = await start(tree, { PORT });
      expect(await client.ended, client.output.stderr).toBe(0);
      expect(JSON.parse(client.output.stdout)).toMatchObject({ files: 3, bytes: 3 });
      expect(successor.output.stderr).toBe("");
    },
  );
});

describe("the client", () => {
  test("prints one JSON object with the digest that the shell gives", async () => {
    await using tree = await temporaryTree(files);
    await using server = await start(tree);
    await using client = runClient(["served", "--server", server.url], { cwd: tree.root });
    expect(await client.ended, client.output.stderr).toBe(0);
    expect(JSON.parse(client.output.stdout)).toEqual({
      operation: expect.stringMatching(/^operations\/[a-z0-9]+$/),
      treeDigest: await shellDigest(tree.path("served")),
      files: 3,
      bytes: 3,
      skipped: 0,
    });
    expect(client.output.stdout.endsWith("}\n")).toBe(true);

    const { operation } = JSON.parse(client.output.stdout);
    await using again = runClient(["--resume", operation, "--server", server.url]);
    expect(await again.ended, again.output.stderr).toBe(0);
    expect(again.output.stdout).toBe(client.output.stdout);
  });

  test("cancels on Ctrl-C, says how to go on, and goes on", async () => {
    await using tree = await temporaryTree(files);
    await truncate(tree.path("served/c d"), 1024 ** 4);
    await using server = await start(tree);
    await using client = runClient(["served", "--server", server.url], { cwd: tree.root });
    await client.written("stderr", /1 of 3 files/);
    client.kill("SIGINT");
    expect(await client.ended).toBe(130);
    expect(client.output.stdout).toBe("");
    const hint = /Cancelled\. To go on where it stopped: npm run checksum -- (.*)\n/;
    const [, args = ""] = await client.written("stderr", hint);

    await truncate(tree.path("served/c d"), 2);
    await using again = runClient(args.split(" "));
    expect(await again.ended, again.output.stderr).toBe(0);
    expect(again.output.stderr).toContain("was cancelled after 1 files; going on");
    expect(JSON.parse(again.output.stdout)).toMatchObject({
      treeDigest: await shellDigest(tree.path("served")),
      files: 3,
    });
  });

  test("leaves at once on a second Ctrl-C", async () => {
    await using tree = await temporaryTree(files);
    await truncate(tree.path("served/c d"), 1024 ** 4);
    await using server = await start(tree);
    await using client = runClient(["served", "--server", server.url], { cwd: tree.root });
    await client.written("stderr", /1 of 3 files/);
    // It does not answer any more, so that nothing but leaving ends the client soon.
    server.kill("SIGSTOP");
    client.kill("SIGINT");
    await client.written("stderr", /Cancelling/);
    let code: unknown;
    void client.ended.then((ended) => {
      code = ended;
    });
    // What comes within 300 ms of another counts as one with it.
    const pressed = () => {
      client.kill("SIGINT");
      return code;
    };
    await expect.poll(pressed, { interval: 350, timeout: 10_000 }).toBe(130);
    expect(client.output.stderr.match(/Cancelling/g)).toHaveLength(1);
    expect(client.output.stderr).not.toMatch(/Cancelled/);
  });

  test.each([
    [["nowhere"], /error: \[not_found\] root does not exist/],
    [["/"], /error: \[permission_denied\] root is outside the tree.*\n {2}served: \//],
    [["--resume", "operations/none"], /error: \[not_found\] /],
  ])("fails for %j", async (args, message) => {
    await using tree = await temporaryTree(files);
    await using server = await start(tree);
    const options = { cwd: tree.path("served") };
    await using client = runClient([...args, "--server", server.url], options);
    expect(await client.ended).toBe(1);
    expect(client.output.stdout).toBe("");
    expect(client.output.stderr).toMatch(message);
  });

  test("says so if there is no server, and does not start again and again", async () => {
    await using client = runClient([".", "--server", "http://127.0.0.1:9"]);
    expect(await client.ended).toBe(1);
    expect(client.output.stderr).toMatch(/error: \[unavailable\].*\n {2}is the server running\?/);
  });

  test("shows its usage, and refuses wrong arguments", async () => {
    await using help = runClient(["--help"]);
    expect(await help.ended).toBe(0);
    expect(help.output.stdout).toMatch("npm run checksum -- DIR");
    await using wrong = runClient([]);
    expect(await wrong.ended).toBe(2);
    expect(wrong.output).toMatchObject({ stdout: "", stderr: /^Expected a directory\n\n/ });
  });
});
