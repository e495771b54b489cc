// SPDX-License-Identifier: Apache-2.0

import { type BuildOptions, build, type Plugin } from "esbuild";

/** A page as its users load it. */
export interface PageBundle {
  readonly code: Buffer;
  /** What it was made of, by path from the working directory, with the bytes that are left of each. */
  readonly inputs: ReadonlyMap<string, number>;
}

/** How a page is bundled for production. */
export const productionOptions: BuildOptions = {
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  external: [],
};

/** Bundles the page, or whatever else, that a script begins. */
export async function bundlePage(
  entry: string,
  { plugins = [] }: { readonly plugins?: Plugin[] } = {},
): Promise<PageBundle> {
  const { outputFiles, metafile } = await build({
    ...productionOptions,
    plugins,
    entryPoints: [entry],
    outdir: "unwritten",
    write: false,
    metafile: true,
  });
  const [output] = outputFiles;
  const [made] = Object.values(metafile.outputs);
  if (output === undefined || made === undefined) {
    throw new Error(`esbuild made nothing of ${entry}`);
  }
  return {
    code: Buffer.from(output.contents),
    inputs: new Map(
      Object.entries(made.inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([path, { bytesInOutput }]) => [path, bytesInOutput]),
    ),
  };
}
