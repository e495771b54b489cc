// SPDX-License-Identifier: Apache-2.0

import { createRouter } from "../../src/rest/router.ts";
import { parseTemplate } from "../../src/rest/template.ts";
import type { Sample } from "../harness/benchmark.ts";

const collections = 100;

/** The rules of a hundred collections, each with the five standard methods. */
export async function open({ matches }: { readonly matches: number }): Promise<{
  round(): Promise<Sample>;
  close(): Promise<void>;
}> {
  const router = createRouter<string>();
  const requests: { readonly httpMethod: string; readonly path: string }[] = [];
  for (let collection = 0; collection < collections; collection++) {
    const name = `/v1/{name=projects/*/locations/*/things${collection}/*}`;
    const parent = `/v1/{parent=projects/*/locations/*}/things${collection}`;
    const paths = [
      ["GET", name],
      ["DELETE", name],
      ["PATCH", name],
      ["GET", parent],
      ["POST", parent],
    ] as const;
    for (const [httpMethod, template] of paths) {
      router.add({ httpMethod, template: parseTemplate(template), value: template });
      const path = `/v1/projects/p${collection}/locations/here/things${collection}`;
      requests.push({ httpMethod, path: template === name ? `${path}/a1b2c3` : path });
    }
  }
  if (requests.some(({ httpMethod, path }) => router.match(httpMethod, path).kind !== "found")) {
    throw new Error("a request has no rule");
  }
  return {
    async round() {
      const startMs = performance.now();
      let found = 0;
      for (let left = matches; left > 0; left--) {
        const request = requests[left % requests.length];
        if (
          request !== undefined &&
          router.match(request.httpMethod, request.path).kind === "found"
        ) {
          found++;
        }
      }
      const time = ((performance.now() - startMs) * 1000) / found;
      return { time };
    },
    close: async () => {},
  };
}
