// SPDX-License-Identifier: Apache-2.0

/** The settings of every host in the model's tests, small so that much happens. */
export const limits = {
  leaseMs: 3_000,
  /** What is left of a lease, at least, when its holder stops: it renews at a third. */
  leaseLeftMs: 1_800,
  cancelGraceMs: 2_000,
  maxLosses: 2,
  retentionMs: 60_000,
  sweepIntervalMs: 1_000,
  progressIntervalMs: 100,
  concurrency: 3,
  waitMs: 1_500,
};
