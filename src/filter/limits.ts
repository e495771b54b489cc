// SPDX-License-Identifier: Apache-2.0

/** The most UTF-16 code units that a filter may have. */
export const maxFilterLength = 4096;

/** How deep parentheses may nest in a filter, and how many parts a path may have. */
export const maxFilterDepth = 32;

/**
 * How many comparisons and searches a filter may consist of: every value of a parenthesised list of
 * values counts, and so does every argument of a function.
 */
export const maxFilterTerms = 256;
