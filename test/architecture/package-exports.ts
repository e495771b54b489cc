// SPDX-License-Identifier: Apache-2.0

/** The parts of package.json that say what is public. */
export interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** The public folders of `src`, by the subpath under which each is imported. */
const publicFolders: Readonly<Record<string, string>> = {
  ".": "",
  "./client": "client/",
  "./server": "server/",
  "./rest": "rest/",
  "./auth": "auth/",
  "./sqlite": "stores/sqlite/",
  "./postgres": "stores/postgres/",
  "./nats": "dispatch/nats/",
  "./node": "node/",
  "./grpc": "grpc/",
  "./otel": "otel/",
  "./testing": "testing/",
  "./console": "console/",
};

/** Folders that are no import: private, or reached by a program of their own. */
const privateFolders = ["filter", "codegen", "cli"];

const generated = { types: "./dist/gen/google/*.d.ts", default: "./dist/gen/google/*.js" };

/** What package.json exports beside, or against, what the sources have. */
export function exportFaults(manifest: Manifest, paths: Iterable<string>): string[] {
  const sources = new Set(paths);
  const folders = Object.entries(publicFolders).filter(([, folder]) =>
    [...sources].some((path) => path.startsWith(`src/${folder}`)),
  );
  const programs = Object.values(manifest.bin).map((path) =>
    path.replace(/^dist\//, "").replace(/\.js$/, ".ts"),
  );
  const targets = [...folders.map(([, folder]) => `src/${folder}index.ts`), ...programs];
  return [
    ...wrongSubpaths(manifest, folders),
    ...targets
      .filter((target) => !sources.has(target))
      .map((target) => `${target} is exported and does not exist`),
    ...[...sources]
      .filter((path) => !hasPlace(path))
      .map((path) => `${path} is neither in a public folder nor in a private one`),
  ];
}

function wrongSubpaths(manifest: Manifest, folders: [string, string][]): string[] {
  const expected: Readonly<Record<string, unknown>> = {
    ...Object.fromEntries(
      folders.map(([subpath, folder]) => {
        const target = `./dist/src/${folder}index`;
        return [subpath, { types: `${target}.d.ts`, default: `${target}.js` }];
      }),
    ),
    "./google/*.js": generated,
    "./google/*": generated,
    "./package.json": "./package.json",
  };
  return [...new Set([...Object.keys(expected), ...Object.keys(manifest.exports)])].flatMap(
    (subpath) => {
      // Conditions match in their order, so the order counts too.
      const is = JSON.stringify(manifest.exports[subpath]);
      const should = JSON.stringify(expected[subpath]);
      return is === should ? [] : [`exports["${subpath}"] is ${is}, should be ${should}`];
    },
  );
}

function hasPlace(path: string): boolean {
  const [top, room = "", ...rest] = path.split("/");
  return (
    top !== "src" ||
    rest.length === 0 ||
    privateFolders.includes(room) ||
    Object.values(publicFolders).some((folder) => folder !== "" && path.startsWith(`src/${folder}`))
  );
}
