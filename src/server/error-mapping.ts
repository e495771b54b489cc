// SPDX-License-Identifier: Apache-2.0

import type { MapErrorContext, Settings } from "./options.ts";

interface ErrorMappingOptions {
  readonly mapError: Settings["mapError"];
  readonly context: MapErrorContext;
  /** Is told of an error that could not be mapped. */
  onError(error: unknown): void;
}

/** What takes the place of an error; what `mapError` itself throws, if it fails. */
export async function mappedError(
  error: unknown,
  { mapError, context, onError }: ErrorMappingOptions,
): Promise<unknown> {
  try {
    return await mapError(error, context);
  } catch (failure) {
    onError(error);
    return failure;
  }
}
