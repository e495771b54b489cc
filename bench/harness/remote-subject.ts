// SPDX-License-Identifier: Apache-2.0

import type { Sample, Subject } from "./benchmark.ts";
import { openRemote } from "./remote.ts";

/** A module whose rounds run wholly in a process of its own. */
interface SubjectModule {
  open(options: never): Promise<{ round(): Promise<Sample> }>;
}

/** Starts a process for a subject. */
export async function openRemoteSubject<Module extends SubjectModule>(
  module: URL,
  options: Parameters<Module["open"]>[0],
): Promise<Subject> {
  const remote = await openRemote<SubjectModule>(module, options as never);
  return { round: () => remote.call("round"), close: remote.close };
}
