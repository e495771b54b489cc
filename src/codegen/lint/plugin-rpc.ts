// SPDX-License-Identifier: Apache-2.0

import { parseArgs } from "node:util";
import type { Format } from "./format.ts";

/** What a process offers by PluginRPC, protocol 1. */
export interface Plugin {
  /** `/full.name.of.Service/Method` of each procedure. */
  readonly paths: readonly string[];
  /**
   * Calls one of them. What that needs is best loaded then, and no more: buf starts the process nine
   * times for one lint, to ask for the protocol, the paths, the rules, the categories, all that again,
   * and for what the rules find.
   */
  call(call: ProcedureCall): Promise<Uint8Array>;
}

/** The call of a procedure. */
export interface ProcedureCall {
  readonly path: string;
  readonly format: Format;
  /** A `pluginrpc.v1.Request`; no bytes at all stand for an empty one. */
  readonly input: Uint8Array;
}

/** One run of the process. */
interface PluginRun {
  readonly args: readonly string[];
  /** Not every run has something to read. */
  readStdin(): Promise<Uint8Array>;
}

/**
 * Answers one run, and returns what belongs on stdout.
 *
 * @throws Error if the arguments are not of the protocol.
 */
export async function runPlugin(plugin: Plugin, run: PluginRun): Promise<Uint8Array | string> {
  const { values, positionals } = parseArgs({
    args: [...run.args],
    allowPositionals: true,
    options: {
      protocol: { type: "boolean" },
      spec: { type: "boolean" },
      format: { type: "string", default: "binary" },
    },
  });
  const { format } = values;
  if (format !== "binary" && format !== "json") {
    throw new Error(`--format must be binary or json, not "${format}"`);
  }
  if (values.protocol) {
    return "1\n";
  }
  if (values.spec) {
    const { encodeSpec } = await import("./spec.ts");
    return encodeSpec(plugin.paths, format);
  }
  const path = positionals.join(" ");
  if (!plugin.paths.includes(path)) {
    throw new Error(`there is no procedure "${path}", only ${plugin.paths.join(", ")}`);
  }
  return plugin.call({ path, format, input: await run.readStdin() });
}
