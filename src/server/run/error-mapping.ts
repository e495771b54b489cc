// SPDX-License-Identifier: Apache-2.0

import type { MapErrorContext, Settings } from "../options.ts";
import type { OperationResult } from "../store.ts";
import { type ResultLimits, thrownResult } from "./ending.ts";

interface ErrorMappingOptions {
  readonly mapError: Settings["mapError"];
  readonly context: MapErrorContext;
  readonly domain: string;
  readonly limits: ResultLimits;
}

/** What an operation ends with because of an error, once `mapError` has had its say. */
export async function mappedResult(
  error: unknown,
  { mapError, context, domain, limits }: ErrorMappingOptions,
): Promise<OperationResult> {
  let mapped: unknown;
  try {
    mapped = mapError(error, context);
    // Even a promise may have been thrown, and may never settle.
    if (mapped !== error) {
      mapped = await mapped;
    }
  } catch (failure) {
    limits.onError(error);
    mapped = failure;
  }
  return thrownResult(mapped, domain, limits);
}
