// SPDX-License-Identifier: Apache-2.0

import { type OperationJson, pollUntilDone } from "./azure-poller.ts";
import { type CallOnce, requests } from "./call-once.ts";

interface AnnotatedJson {
  readonly responses?: readonly {
    readonly outputConfig: { readonly gcsDestination: { readonly uri: string } };
  }[];
}

/** Azure's poller over REST, by `fetch`. */
export function coreLroCaller(baseUrl: string): CallOnce {
  async function send(path: string, init?: RequestInit): Promise<OperationJson> {
    const answer = await fetch(`${baseUrl}/v1/${path}`, init);
    return (await answer.json()) as OperationJson;
  }

  const start = () =>
    send("files:asyncBatchAnnotate", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ requests }),
    });
  return async () => {
    const { response } = await pollUntilDone({ start, get: (name) => send(name) });
    return (response as AnnotatedJson).responses?.[0]?.outputConfig.gcsDestination.uri;
  };
}
