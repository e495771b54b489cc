// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { ourSources } from "../our-sources.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the compiler complains of at one place. */
export interface Complaint {
  /** What is wrong, from line to line in more detail. */
  readonly lines: readonly string[];
  /** What is said of other places. */
  readonly notes: readonly string[];
}

/** What the compiler says of some programs. */
export interface Compilation {
  /** What it complains of, by path. */
  readonly complaints: Readonly<Record<string, readonly Complaint[]>>;
  /** The declarations that it makes of what is exported, by the path of the source. */
  readonly declarations: Readonly<Record<string, string>>;
}

interface Sources {
  /** Programs by path, which find generated code below `./gen`. */
  readonly programs: Readonly<Record<string, string>>;
  /** Sources to generate code from beside that of the example, by their names. */
  readonly protos?: Readonly<Record<string, string>>;
}

/** Compiles programs as a user's project does, against generated code and this package's sources. */
export async function compilePrograms({ programs, protos = {} }: Sources): Promise<Compilation> {
  const project = await mkdtemp(join(tmpdir(), "longrunning-types-"));
  try {
    const proto = join(project, "proto");
    await mkdir(proto);
    await symlink(join(root, "node_modules"), join(project, "node_modules"));
    await symlink(join(root, "proto/google"), join(proto, "google"));
    await symlink(join(root, "examples/checksum/proto/checksum"), join(proto, "checksum"));
    await writeFile(join(project, "package.json"), `{ "type": "module" }`);
    await writeFile(join(project, "buf.gen.yaml"), JSON.stringify(generation));
    await writeFile(join(project, "tsconfig.json"), JSON.stringify(configuration(project)));
    for (const [path, source] of Object.entries(protos)) {
      await writeFile(join(proto, path), source);
    }
    for (const [path, source] of Object.entries(programs)) {
      await writeFile(join(project, path), source);
    }
    const paths = ["checksum", ...Object.keys(protos)].flatMap((path) => [
      "--path",
      `proto/${path}`,
    ]);
    await run(project, "buf", ["generate", "proto", ...paths]);
    const output = await run(project, "tsc", ["--pretty"]);
    return { complaints: complaintsIn(output), declarations: await readDeclarations(project) };
  } finally {
    await rm(project, { recursive: true });
  }
}

const opt = ["target=ts", "import_extension=js", "rewrite_imports=./google/**/*_pb.js:longrunning"];
const generation = {
  version: "v2",
  plugins: [
    { local: join(root, "node_modules/.bin/protoc-gen-es"), out: "gen", opt },
    {
      local: ["node", "--import", "tsx", join(root, "src/codegen/protoc-gen-longrunning.ts")],
      out: "gen",
      opt,
    },
  ],
};

const configuration = (project: string) => ({
  extends: join(root, "tsconfig.json"),
  compilerOptions: {
    rootDir: "/",
    outDir: "out",
    noEmit: false,
    emitDeclarationOnly: true,
    sourceMap: false,
    // These are about how this package is written, and not about its users.
    isolatedDeclarations: false,
    erasableSyntaxOnly: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: Object.fromEntries([...ourSources].map(([specifier, source]) => [specifier, [source]])),
  },
  include: [join(project, "*.ts"), join(project, "gen")],
  exclude: [],
});

async function readDeclarations(project: string): Promise<Record<string, string>> {
  const emitted = join(project, "out", project);
  const paths = await readdir(emitted, { recursive: true });
  const declarations = paths
    .filter((path) => path.endsWith(".d.ts"))
    .map(async (path) => [
      path.replace(/\.d\.ts$/, ".ts"),
      await readFile(join(emitted, path), "utf8"),
    ]);
  return Object.fromEntries(await Promise.all(declarations));
}

/** What a program writes to stdout; the compiler's exit code is the number of no complaints. */
function run(cwd: string, name: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const program = join(root, "node_modules/.bin", name);
    execFile(program, args, { cwd }, (error, stdout, stderr) => {
      if (error !== null && name !== "tsc") {
        reject(new Error(stderr, { cause: error }));
      } else {
        resolve(stdout);
      }
    });
  });
}

const complaintPattern =
  /^(\S+?):\d+:\d+ - error (TS\d+: .*(?:\n {2}.*)*)((?:\n(?!\S+:\d+:\d+ - error ).*)*)/gm;
const notePattern = /^ {2}\S+:\d+:\d+ - (.*)/gm;

function complaintsIn(output: string): Record<string, Complaint[]> {
  const complaints: Record<string, Complaint[]> = {};
  const plain = stripVTControlCharacters(output);
  for (const [, path = "", message = "", rest = ""] of plain.matchAll(complaintPattern)) {
    const notes = [...rest.matchAll(notePattern)].map(([, note = ""]) => note);
    complaints[path] ??= [];
    complaints[path].push({ lines: message.split("\n"), notes });
  }
  return complaints;
}
