// SPDX-License-Identifier: Apache-2.0

import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resumeTreeDigest, startTreeDigest } from "../../../examples/checksum/tree/tree-digest.ts";

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

describe("the running digest of a tree", () => {
  test("takes in the lines of sha256sum", async () => {
    const tree = await startTreeDigest();
    tree.add({ path: "a b", digest });
    tree.add({ path: "c\nd\\e\rf", digest });
    const lines = `${digest}  a b\n\\${digest}  c\\nd\\\\e\\rf\n`;
    expect(tree.digest()).toBe(createHash("sha256").update(lines).digest("hex"));
  });

  test("goes on from any saved state", async () => {
    const paths = fc.array(fc.string({ unit: "binary-ascii", minLength: 1 }));
    await fc.assert(
      fc.asyncProperty(paths, paths, async (before, after) => {
        const whole = await startTreeDigest();
        const first = await startTreeDigest();
        for (const path of before) {
          whole.add({ path, digest });
          first.add({ path, digest });
        }
        const second = await resumeTreeDigest(first.save());
        for (const path of after) {
          whole.add({ path, digest });
          second?.add({ path, digest });
        }
        expect(second?.digest()).toBe(whole.digest());
      }),
    );
  });

  test("does not go on from what is no state", async () => {
    expect(await resumeTreeDigest(new Uint8Array())).toBeUndefined();
    expect(await resumeTreeDigest(new Uint8Array(116))).toBeUndefined();
  });
});
