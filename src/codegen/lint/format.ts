// SPDX-License-Identifier: Apache-2.0

/** How messages are written to stdout, and read from stdin. */
export type Format = "binary" | "json";
