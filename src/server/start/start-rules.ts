// SPDX-License-Identifier: Apache-2.0

import type {
  DescField,
  DescMessage,
  DescMethod,
  Message,
  MessageInitShape,
} from "@bufbuild/protobuf";
import type { StartContext } from "../handlers.ts";
import { type RequestIdRule, requestIdRule } from "./request-id.ts";
import { validateOnlyField } from "./validate-only.ts";

/** What a `start` says of its operation, of whatever types. */
export interface StartedInit {
  readonly metadata?: MessageInitShape<DescMessage> | undefined;
  readonly exclusive?: string | undefined;
  readonly response?: MessageInitShape<DescMessage> | undefined;
}

/** A method's own part in how its operations start. */
export interface StartHooks {
  readonly start?: ((request: Message, start: StartContext) => unknown) | undefined;
  readonly validates?: boolean | undefined;
  readonly parent?: ((request: Message) => string) | undefined;
  readonly requestId?: ((request: Message) => string) | undefined;
}

/** How the operations of a method start. */
export interface StartRules extends Omit<StartHooks, "requestId"> {
  readonly requestId: RequestIdRule | undefined;
  readonly validateOnly: DescField | undefined;
}

/** @throws Error if the hooks do not fit the method, or each other. */
export function startRules(
  method: DescMethod,
  { hooks, domain }: { readonly hooks: StartHooks; readonly domain: string },
): StartRules {
  const { name, input } = method;
  const validateOnly = validateOnlyField(input);
  if (hooks.validates === true && hooks.start === undefined) {
    throw new Error(`${name}: \`validates\` says what \`start\` does, and there is no \`start\``);
  }
  if (hooks.validates === true && validateOnly === undefined) {
    throw new Error(
      `${name}: \`validates\` needs a field \`bool validate_only\` in ${input.typeName}`,
    );
  }
  const requestId = requestIdRule(method, { requestId: hooks.requestId, domain });
  return { ...hooks, requestId, validateOnly };
}
