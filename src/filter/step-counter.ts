// SPDX-License-Identifier: Apache-2.0

/**
 * How much work an evaluation was: one for each node, field and element that it visits, for each
 * byte that it decodes and for each character that it compares.
 */
export interface StepCounter {
  count: number;
}
