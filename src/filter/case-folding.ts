// SPDX-License-Identifier: Apache-2.0

/**
 * A text in which upper and lower case are the same. Folding the parts of a text folds the text:
 * lower case alone would not do, since a sigma depends on what follows it.
 */
export function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase();
}
