// SPDX-License-Identifier: Apache-2.0

import { afterEach, expect, test, vi } from "vitest";
import { onInterrupt } from "../../../examples/checksum/terminal/interrupts.ts";

afterEach(() => {
  vi.restoreAllMocks();
  process.removeAllListeners("SIGUSR1").removeAllListeners("SIGUSR2");
});

test("onInterrupt takes signals at once for one, and others for more", () => {
  const times: number[] = [];
  onInterrupt(["SIGUSR1", "SIGUSR2"], (time) => times.push(time));
  const now = vi.spyOn(performance, "now");
  for (const [ms, signal] of [
    [0, "SIGUSR1"],
    [2, "SIGUSR1"],
    [1_000, "SIGUSR2"],
    [1_100, "SIGUSR1"],
    [1_500, "SIGUSR1"],
  ] as const) {
    now.mockReturnValue(ms);
    process.emit(signal, signal);
  }
  expect(times).toEqual([1, 2, 3]);
});
