// SPDX-License-Identifier: Apache-2.0

import { cors } from "@connectrpc/connect";
import corsPackage from "cors";
import { expect, test } from "vitest";
import { corsLists, nodeAdapter } from "../../../src/node/index.ts";
import { served } from "../served.ts";
import { routes } from "../tiny-service.ts";

test("scripts of other origins may do what each protocol needs", () => {
  expect(corsLists.methods).toEqual(expect.arrayContaining([...cors.allowedMethods]));
  expect(corsLists.methods).toEqual(expect.arrayContaining(["DELETE", "PATCH", "PUT"]));
  expect(corsLists.allowedHeaders).toEqual(expect.arrayContaining([...cors.allowedHeaders]));
  expect(corsLists.allowedHeaders).toEqual(expect.arrayContaining(["Authorization"]));
  expect(corsLists.exposedHeaders).toEqual(expect.arrayContaining([...cors.exposedHeaders]));
  // A browser refuses a list that names a thing twice no more than one that does not, but we do.
  for (const list of Object.values(corsLists)) {
    const names = list.map((name: string) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  }
});

test("the package cors takes them, and answers what browsers ask beforehand", async () => {
  const origin = "https://app.example";
  const allow = corsPackage({ ...corsLists, origin });
  const serve = nodeAdapter({ routes });
  await using server = await served((request, response) =>
    allow(request, response, () => serve(request, response)),
  );
  const url = `${server.baseUrl}/v1/operations/running`;
  const headers = {
    origin,
    "access-control-request-method": "DELETE",
    "access-control-request-headers": "authorization,x-server-timeout",
  };
  const preflight = await fetch(url, { method: "OPTIONS", headers });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
  expect(preflight.headers.get("access-control-allow-methods")).toContain("DELETE");
  expect(preflight.headers.get("access-control-allow-headers")).toContain("Authorization");
  const answer = await fetch(url, { headers });
  expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
  expect(await answer.json()).toMatchObject({ name: "operations/running" });
});
