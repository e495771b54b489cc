// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { expect, test } from "vitest";
import { compareText } from "../../src/filter/text-order.ts";

const unit = fc.constantFrom(
  "",
  "a",
  "b",
  "\u{D7FF}",
  "\u{E000}",
  "\u{FFFF}",
  "\u{10000}",
  "\u{10FFFF}",
);
const text = fc.oneof(
  fc.array(unit, { maxLength: 4 }).map((units) => units.join("")),
  fc.string({ unit: "binary" }),
);

test("texts are ordered as their UTF-8 bytes are", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
      expect(Math.sign(compareText(a, b)) + 0).toBe(bytes);
    }),
    { numRuns: 5000 },
  );
});
