// SPDX-License-Identifier: Apache-2.0

import { createHash } from "node:crypto";
import { mkdir, opendir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { isWithin } from "./served-root.ts";

/** What the server is told by its environment. */
export interface Environment {
  /** `PORT`: from 0, which is any that is free, to 65535. Default: 8080. */
  readonly port: number;
  /** `HOST`: a name or an address of this machine. Default: 127.0.0.1. */
  readonly host: string;
  /** `CORS_ORIGIN`: whose scripts may call, such as `https://app.example`. Default: nobody else's. */
  readonly origin: string | undefined;
  /** `CHECKSUM_ROOT`: all that the server reads. Default: the working directory. */
  readonly root: string;
  /** `OPERATIONS_DB`: a SQLite file. Default: one for each root, in the user's state directory. */
  readonly database: string;
  /** `LEASE_MS`: how long after a crash the work goes on. Default: 5000. */
  readonly leaseMs: number;
  /** Something that is allowed, and hardly wanted. */
  readonly warning: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment, and makes the directory of the database.
 *
 * @throws Error that names the variable that is wrong.
 */
export async function readEnvironment(variables: Variables): Promise<Environment> {
  const port = readNumber(variables, { name: "PORT", least: 0, most: 65535, otherwise: 8080 });
  const leaseMs = readNumber(variables, {
    name: "LEASE_MS",
    least: 100,
    most: 3_600_000,
    otherwise: 5_000,
  });
  const origin = readOrigin(variables.CORS_ORIGIN || undefined);
  const root = await readRoot(variables.CHECKSUM_ROOT || ".");
  const database = resolve(variables.OPERATIONS_DB || defaultDatabase(variables, root));
  const directory = await makeDirectory(dirname(database));
  const warning = isWithin(directory, root)
    ? `OPERATIONS_DB is inside the tree that is served (${root}): a digest that covers it changes with every run`
    : undefined;
  const host = variables.HOST || "127.0.0.1";
  return { port, host, origin, root, database, leaseMs, warning };
}

function readOrigin(origin: string | undefined): string | undefined {
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).origin !== origin)) {
    throw new Error(`CORS_ORIGIN must be an origin, such as https://app.example, got "${origin}"`);
  }
  return origin;
}

function readNumber(
  variables: Variables,
  range: {
    readonly name: string;
    readonly least: number;
    readonly most: number;
    readonly otherwise: number;
  },
): number {
  const { name, least, most, otherwise } = range;
  const text = variables[name] || String(otherwise);
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new Error(`${name} must be a whole number from ${least} to ${most}, got "${text}"`);
  }
  return value;
}

async function readRoot(path: string): Promise<string> {
  try {
    const root = await realpath(path);
    await (await opendir(root)).close();
    return root;
  } catch (cause) {
    throw new Error(`CHECKSUM_ROOT must be a directory that can be read, got "${path}"`, { cause });
  }
}

// A database of its own for each root: a server goes on with the operations that it finds in its
// database, which it could not if another one had started them on another tree.
function defaultDatabase(variables: Variables, root: string): string {
  const { XDG_STATE_HOME: stated = "" } = variables;
  const state = isAbsolute(stated) ? stated : join(homedir(), ".local", "state");
  const id = createHash("sha256").update(root).digest("hex").slice(0, 8);
  return join(state, "longrunning-checksum", `${basename(root) || "root"}-${id}`, "operations.db");
}

async function makeDirectory(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await realpath(path);
  } catch (cause) {
    throw new Error(`OPERATIONS_DB needs the directory "${path}", which cannot be made`, { cause });
  }
}
