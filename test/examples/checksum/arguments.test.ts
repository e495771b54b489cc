// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import {
  defaultServer,
  readArguments,
  resumeCommand,
} from "../../../examples/checksum/terminal/arguments.ts";

const call = { kind: "call", server: defaultServer, resume: undefined, root: undefined };

describe("readArguments", () => {
  test.each([
    [["dir"], { ...call, root: "/home/me/dir" }],
    [["."], { ...call, root: "/home/me" }],
    [["/etc/"], { ...call, root: "/etc" }],
    [["--", "-dir"], { ...call, root: "/home/me/-dir" }],
    [
      ["dir", "--server", "https://host:1/x"],
      { ...call, root: "/home/me/dir", server: "https://host:1/x" },
    ],
    [["--resume", "operations/a"], { ...call, resume: "operations/a" }],
    [["dir", "--resume=operations/a"], { ...call, resume: "operations/a", root: "/home/me/dir" }],
    [["dir", "--help"], { kind: "help" }],
    [["-h"], { kind: "help" }],
  ])("reads %j", (args, expected) => {
    expect(readArguments(args, "/home/me")).toEqual(expected);
  });

  test.each([
    [[], "Expected a directory"],
    [[""], "Expected a directory"],
    [["a", "b"], "Expected one directory, got 2"],
    [
      ["dir", "--server", "localhost:8080"],
      'Expected --server to be an http URL, got "localhost:8080"',
    ],
    [["dir", "--server", "http://"], 'Expected --server to be an http URL, got "http://"'],
    [["dir", "--resume"], "Option '--resume <value>' argument missing"],
    [["dir", "--resume", ""], "Expected --resume to name an operation"],
    [["dir", "--unknown"], "Unknown option '--unknown'"],
  ])("refuses %j", (args, message) => {
    const refused = readArguments(args, "/home/me");
    expect(refused).toEqual({ kind: "wrong", message: expect.stringContaining(message) });
  });
});

test("resumeCommand gives what a shell takes apart again", () => {
  const server = defaultServer;
  const calling = { kind: "call", server, root: "/it's here", resume: undefined } as const;
  expect(resumeCommand(calling, "operations/a")).toBe(
    `npm run checksum -- '/it'\\''s here' --resume operations/a`,
  );
  const elsewhere = { ...calling, root: undefined, resume: "operations/a", server: "http://h:1" };
  expect(resumeCommand(elsewhere, "operations/b")).toBe(
    "npm run checksum -- --resume operations/b --server http://h:1",
  );
});
