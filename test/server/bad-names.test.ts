// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { failureOf } from "./failure.ts";
import { linkTo } from "./link.ts";
import { type Replica, replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";

const methods = {
  GetOperation: ({ api }: Replica, name: string) => api.getOperation({ name }),
  DeleteOperation: ({ api }: Replica, name: string) => api.deleteOperation({ name }),
  CancelOperation: ({ api }: Replica, name: string) => api.cancelOperation({ name }),
  WaitOperation: ({ api }: Replica, name: string) => api.waitOperation({ name }),
};

function answering() {
  const clock = steppedClock();
  const link = linkTo(memoryStore({ clock }));
  return { link, a: replica(async () => ({}), { store: link.store, clock, work: false }) };
}

const badNames = ["operations", "operations/", "a/b/c", "operations/a/b", "x".repeat(2_000)];

test.each(Object.entries(methods))(
  "%s needs a name, of an operation, that exists",
  async (_, call) => {
    const { link, a } = answering();
    await using _a = a;
    expect(await failureOf(call(a, ""))).toEqual({
      code: "InvalidArgument",
      message: "name: required, for example operations/abc",
      reason: "NAME_REQUIRED",
      domain: "checksum.v1.ChecksumService",
      details: {
        BadRequest: expect.objectContaining({
          fieldViolations: [expect.objectContaining({ field: "name", reason: "NAME_REQUIRED" })],
        }),
      },
    });
    for (const name of badNames) {
      const failure = await failureOf(call(a, name));
      expect(failure).toMatchObject({
        code: "InvalidArgument",
        reason: "NAME_INVALID",
        details: { BadRequest: { fieldViolations: [{ field: "name", reason: "NAME_INVALID" }] } },
      });
      expect(failure.message).not.toContain(name.slice(0, 20) === name ? `${name} ` : name);
    }
    expect(link.calls).toMatchObject({ read: 0, delete: 0, cancel: 0 });

    // The same for a name that was never issued and for one that was deleted.
    const deleted = await a.start();
    await a.api.deleteOperation({ name: deleted });
    for (const name of [deleted, "operations/never", "projects/p/operations/never"]) {
      expect(await failureOf(call(a, name))).toEqual({
        code: "NotFound",
        message: "operation not found",
        reason: "OPERATION_NOT_FOUND",
        domain: "checksum.v1.ChecksumService",
        details: {
          ResourceInfo: expect.objectContaining({
            resourceType: "google.longrunning.Operation",
            resourceName: name,
            owner: "",
            description: "No such operation, or it was deleted.",
          }),
        },
      });
    }
  },
);
