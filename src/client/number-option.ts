// SPDX-License-Identifier: Apache-2.0

/** @throws RangeError that names the option, unless it is a finite number from `least`. */
export function checkNumber(name: string, value: number, least: number): void {
  if (!(value >= least && Number.isFinite(value))) {
    throw new RangeError(`Expected \`${name}\` to be a number from ${least}, got \`${value}\``);
  }
}

/** The same of a limit of 0 or more, of which infinity is none. */
export function checkLimit(name: string, limit: number | undefined): void {
  if (limit !== undefined && limit !== Number.POSITIVE_INFINITY) {
    checkNumber(name, limit, 0);
  }
}
