// SPDX-License-Identifier: Apache-2.0

/**
 * Reads the text of a `google.protobuf.FieldMask`: paths in lowerCamelCase, as proto JSON has them, or
 * in snake_case, as Google's clients send them.
 */
export function readMaskPaths(text: string): string[] {
  return text === "" ? [] : text.split(",").map(snakeCase);
}

/**
 * Writes the paths of a `google.protobuf.FieldMask` as proto JSON has them, or in snake_case where
 * that would lose something.
 *
 * @throws Error if neither could be read again.
 */
export function writeMaskPaths(paths: readonly string[]): string {
  const text = paths.map((path) => camelPath(path) ?? path).join(",");
  const read = readMaskPaths(text);
  if (read.length !== paths.length || read.some((path, index) => path !== paths[index])) {
    throw new Error(`the mask ${JSON.stringify(paths.join(",").slice(0, 100))} cannot be written`);
  }
  return text;
}

/** A path in lowerCamelCase, unless it would be another one when it is read again. */
export function camelPath(path: string): string | undefined {
  const camel = path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return camel.includes("_") || snakeCase(camel) !== path ? undefined : camel;
}

function snakeCase(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
