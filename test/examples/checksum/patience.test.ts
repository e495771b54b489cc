// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { patiently } from "../../../examples/checksum/patience.ts";

describe("patiently", () => {
  test("calls until there is an answer, ever less often", async () => {
    const errors = [
      new ConnectError("away", Code.Unavailable),
      new ConnectError("away", Code.DeadlineExceeded),
      new ConnectError("away", Code.Aborted),
      Object.assign(new ConnectError("write EPIPE", Code.Internal), {
        cause: Object.assign(new Error("write EPIPE"), { errno: -32, code: "EPIPE" }),
      }),
    ];
    const answers = [...errors, ...errors, ...errors];
    const slept: number[] = [];
    const told: Code[] = [];
    const answer = await patiently(
      async () => {
        const error = answers.shift();
        if (error !== undefined) {
          throw error;
        }
        return "here";
      },
      { onAway: ({ code }) => told.push(code), sleep: async (ms) => slept.push(ms) },
    );
    expect(answer).toBe("here");
    expect(told).toEqual([Code.Unavailable]);
    expect(slept).toHaveLength(12);
    for (const [index, ms] of slept.entries()) {
      const longest = Math.min(5_000, 200 * 2 ** index);
      expect(ms).toBeGreaterThanOrEqual(longest / 2);
      expect(ms).toBeLessThanOrEqual(longest);
    }
  });

  test.each([Code.NotFound, Code.PermissionDenied, Code.Internal, Code.Unimplemented])(
    "hands on an answer that is an error: %s",
    async (code) => {
      const call = () => Promise.reject(new ConnectError("no", code));
      const sleep = () => Promise.reject(new Error("Expected no second call"));
      await expect(patiently(call, { onAway() {}, sleep })).rejects.toMatchObject({ code });
    },
  );
});
