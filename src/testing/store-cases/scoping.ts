// SPDX-License-Identifier: Apache-2.0

import { checkEqual } from "../check.ts";
import { listedNames, matching, pagesOf, wholeList } from "./list-queries.ts";
import { claimAll, enqueue, newOperation, type StoreCases, stored } from "./store-case.ts";

export const scoping: StoreCases = {
  async "an operation keeps its owner, to the letter"({ store }) {
    const owners = ["", "acme", "Acme", "acme ", "%", "a'c\"m\\e", "\u{1f4da}"];
    for (const [index, owner] of owners.entries()) {
      await enqueue(store, newOperation(`operations/${index}`, { owner }));
    }
    for (const [index, owner] of owners.entries()) {
      checkEqual((await stored(store, `operations/${index}`)).owner, owner, "the owner stored");
      const names = await listedNames(store, { owner });
      checkEqual(names, [`operations/${index}`], `the operations of "${owner}"`);
    }
    const claims = await claimAll(store);
    checkEqual(
      claims.map((claim) => [claim.owner, claim.external]),
      owners.map((owner) => [owner, false]),
      "owners in claims",
    );
    checkEqual((await listedNames(store)).length, owners.length, "how many there are of all");
    checkEqual(await listedNames(store, { owner: "nobody" }), [], "the operations of nobody");
  },

  async "list of a parent holds what is directly under it"({ store }) {
    const inParent = ["projects/p/operations/1", "projects/p/operations/2"];
    const elsewhere = [
      "operations/1",
      "projects/pp/operations/1",
      "projects/P/operations/1",
      "projects/p/places/x/operations/1",
      "projects/p/operations/1/operations/2",
      "x/y/projects/p/operations/1",
      "projects/p/operations",
      "projects/p",
    ];
    for (const name of [...inParent, ...elsewhere]) {
      await enqueue(store, newOperation(name));
    }
    const names = await listedNames(store, { parent: "projects/p" });
    checkEqual(names, inParent.toReversed(), "the operations under projects/p");
    const deeper = await listedNames(store, { parent: "projects/p/places/x" });
    checkEqual(deeper, ["projects/p/places/x/operations/1"], "those under a place");
    checkEqual(await listedNames(store, { parent: "projects" }), [], "those under a collection");
    checkEqual((await listedNames(store)).length, 10, "how many there are of all");
  },

  async "list of a parent takes no character for a wildcard"({ store }) {
    const parents = ["projects/p_q", "projects/p%", "projects/p*", "projects/p?", "projects/[pq]"];
    for (const parent of [...parents, "projects/pxq", "projects/p"]) {
      await enqueue(store, newOperation(`${parent}/operations/1`));
    }
    for (const parent of parents) {
      const names = await listedNames(store, { parent });
      checkEqual(names, [`${parent}/operations/1`], `the operations under ${parent}`);
    }
  },

  async "list of an owner or a parent counts nothing of others"({ store }) {
    const owner = "acme";
    const parent = "projects/p";
    for (let index = 0; index < 5; index++) {
      await enqueue(store, newOperation(`projects/q/operations/${index}`, { owner }));
      await enqueue(store, newOperation(`${parent}/operations/${index}`, { owner }));
      await enqueue(store, newOperation(`${parent}/operations/x${index}`, { owner: "other" }));
    }
    const names = [4, 3, 2, 1, 0].map((index) => `${parent}/operations/${index}`);
    const expected = [names.slice(0, 2), names.slice(2, 4), names.slice(4)];
    const query = { ...wholeList, owner, parent, limit: 2 };
    checkEqual(await pagesOf(store, query), expected, "the pages");
    const looked = new Set<string>();
    const filter = matching(({ name }) => looked.add(name).size > 0);
    const scanning = { ...wholeList, owner, parent, filter, maxScanned: 2 };
    checkEqual(await pagesOf(store, scanning), expected, "the pages of two that are looked at");
    checkEqual([...looked], names, "what was looked at");
  },

  async "list of an owner says that nothing is left, whatever others have"({ store }) {
    await enqueue(store, newOperation("operations/a", { owner: "other" }));
    await enqueue(store, newOperation("operations/b", { owner: "acme" }));
    const { records, next } = await store.list({ ...wholeList, owner: "acme", limit: 1 });
    checkEqual([records.length, next], [1, undefined], "the page");
  },
};
