// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect } from "vitest";
import { type ErrorInfo, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { operationRegistry } from "../../src/index.ts";

/** What a failed call tells its caller. */
export interface Failure {
  readonly code: keyof typeof Code;
  readonly message: string;
  readonly reason: string;
  readonly domain: string;
  /** The details beside the ErrorInfo, by the last part of their type's name. */
  readonly details: Readonly<Record<string, Message>>;
}

const registry = operationRegistry();

/** The failure of a call, which must be as AIP-193 wants it. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    () => expect.fail("the call succeeded"),
    (error: unknown) => error,
  );
  if (!(error instanceof ConnectError)) {
    throw error;
  }
  const messages = error.findDetails(registry);
  const typeNames = messages.map(({ $typeName }) => $typeName);
  expect(messages).toHaveLength(error.details.length);
  expect(new Set(typeNames).size, "each type of detail at most once").toBe(typeNames.length);
  const [info] = error.findDetails(ErrorInfoSchema);
  expect(info?.reason).toMatch(/^[A-Z][A-Z0-9_]{1,61}[A-Z0-9]$/);
  expect(info?.domain).not.toBe("");
  const { reason, domain } = info as ErrorInfo;
  const others = messages.filter(({ $typeName }) => $typeName !== ErrorInfoSchema.typeName);
  return {
    code: Code[error.code] as keyof typeof Code,
    message: error.rawMessage,
    reason,
    domain,
    details: Object.fromEntries(
      others.map((message) => [message.$typeName.replace(/.*\./, ""), message]),
    ),
  };
}
