// SPDX-License-Identifier: Apache-2.0

/** The parts of package.json that say what is public. */
export interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** The public modules of `src`, by the subpath under which each is imported. */
const publicModules: Readonly<Record<string, string>> = {
  ".": "index",
  "./operation-service": "operation-service",
  "./client": "client/index",
  "./server": "server/index",
  "./rest": "rest/index",
  "./auth": "auth/index",
  "./sqlite": "stores/sqlite/index",
  "./postgres": "stores/postgres/index",
  "./nats": "dispatch/nats/index",
  "./node": "node/index",
  "./grpc": "grpc/index",
  "./otel": "otel/index",
  "./testing": "testing/index",
  "./console": "console/index",
};

/** Folders that are no import: private, or reached by a program of their own. */
const privateFolders = ["filter", "codegen", "cli"];

const generated = { types: "./dist/gen/google/*.d.ts", default: "./dist/gen/google/*.js" };

/** What package.json exports beside, or against, what the sources have. */
export function exportFaults(manifest: Manifest, paths: Iterable<string>): string[] {
  const sources = new Set(paths);
  const modules = Object.entries(publicModules).filter(([, module]) =>
    [...sources].some((path) => path.startsWith(`src/${folderOf(module)}`)),
  );
  const programs = Object.values(manifest.bin).map((path) =>
    path.replace(/^dist\//, "").replace(/\.js$/, ".ts"),
  );
  const targets = [...modules.map(([, module]) => `src/${module}.ts`), ...programs];
  return [
    ...wrongSubpaths(manifest, modules),
    ...targets
      .filter((target) => !sources.has(target))
      .map((target) => `${target} is exported and does not exist`),
    ...[...sources]
      .filter((path) => !hasPlace(path))
      .map((path) => `${path} is neither in a public folder nor in a private one`),
  ];
}

function wrongSubpaths(manifest: Manifest, modules: [string, string][]): string[] {
  const expected: Readonly<Record<string, unknown>> = {
    ...Object.fromEntries(
      modules.map(([subpath, module]) => {
        const target = `./dist/src/${module}`;
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
    Object.values(publicModules).some(
      (module) => module.includes("/") && path.startsWith(`src/${folderOf(module)}`),
    )
  );
}

/** The folder of a module, with a slash at its end; nothing for what lies in `src` itself. */
function folderOf(module: string): string {
  return module.slice(0, module.lastIndexOf("/") + 1);
}
