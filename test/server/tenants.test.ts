// SPDX-License-Identifier: Apache-2.0

import {
  array,
  asyncProperty,
  boolean,
  assert as check,
  constant,
  constantFrom,
  integer,
  oneof,
  record,
} from "fast-check";
import { describe, expect, test } from "vitest";
import { steppedClock } from "./stepped-clock.ts";
import { stores } from "./stores.ts";
import { type Action, type Knowledge, tenants, waitMs } from "./tenants.ts";

const filters = [
  "",
  "done = false",
  "done = true",
  "operations",
  "failed",
  'name = "operations/*"',
  "error.code = 2",
  "metadata.root = *hang",
  "NOT metadata.root:x",
  "nonsense =",
];

const action = oneof(
  {
    weight: 3,
    arbitrary: record({
      kind: constant("start" as const),
      how: constantFrom("finish" as const, "fail" as const, "hang" as const),
      requestId: constantFrom("", "a", "b"),
      exclusive: constantFrom("", "", "k", "l"),
    }),
  },
  {
    weight: 4,
    arbitrary: record({
      kind: constantFrom("get" as const, "cancel" as const, "delete" as const, "wait" as const),
      target: record({
        of: constantFrom("self" as const, "other" as const),
        index: integer({ min: 0, max: 5 }),
      }),
    }),
  },
  {
    weight: 4,
    arbitrary: record({
      kind: constant("list" as const),
      filter: oneof(constant(""), constantFrom(...filters)),
      pageSize: oneof(constant(1), integer({ min: -1, max: 3 })),
      token: constantFrom("none" as const, "self" as const, "other" as const),
    }),
  },
);

const steps = array(record({ byAlice: boolean(), action }), { minLength: 4, maxLength: 24 });
type Step = { readonly byAlice: boolean; readonly action: Action };

describe.each(stores)("in $name", ({ name, open }) => {
  // Files take a time that nobody steps: what runs there would differ by chance.
  const work = name === "memory";

  /**
   * What Alice is told, and what she knew of Bob at each of her steps. Given what she knew, it is
   * told again by a server that Bob has never called: of his names and tokens only the letters are
   * left.
   */
  async function toldAlice(sequence: readonly Step[], known?: readonly Knowledge[]) {
    const clock = steppedClock();
    await using opened = await open(clock);
    await using server = tenants(opened.store, { clock, work });
    const [alice, bob] = [nothing(), nothing()];
    const answers: string[] = [];
    const knew: Knowledge[] = [];
    for (const { byAlice, action } of sequence) {
      if (byAlice) {
        const other = known?.[answers.length] ?? structuredClone(bob);
        knew.push(other);
        answers.push(await server.act(action, { tenant: "alice", self: alice, other }));
      } else if (known === undefined) {
        await server.act(action, { tenant: "bob", self: bob, other: alice });
      } else if (action.kind === "wait") {
        await clock.advance(waitMs);
      }
      await clock.advance(1);
    }
    return { answers, knew };
  }

  test("nobody learns anything of another, whatever both do", { timeout: 60_000 }, async () => {
    let learnable = 0;
    await check(
      asyncProperty(steps, async (sequence) => {
        const together = await toldAlice(sequence);
        const alone = await toldAlice(sequence, together.knew);
        expect(together.answers).toEqual(alone.answers);
        learnable += together.knew.filter(({ names }) => names.length > 0).length;
      }),
      { numRuns: work ? 300 : 25 },
    );
    // Had there been nothing to learn, nothing would be shown.
    expect(learnable).toBeGreaterThan(work ? 100 : 5);
  });
});

function nothing(): Knowledge {
  return { names: [], tokens: [] };
}
