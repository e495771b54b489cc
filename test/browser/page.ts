// SPDX-License-Identifier: Apache-2.0

// The script of a page that starts operations, shows them, and comes back to them when it is loaded
// again: their names stand in its address. What it speaks, and to whom, stands there too.

import { createOperationClient, type OperationHandle } from "longrunning/client";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import type {
  ChecksumTreeMetadata,
  ChecksumTreeResponse,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { protocols } from "./page-protocols.ts";

const query = new URLSearchParams(location.search);
const transport = protocols[query.get("protocol") ?? ""]?.(query.get("server") ?? "");
if (transport === undefined) {
  throw new Error("the address names no protocol");
}
const client = createOperationClient(ChecksumServiceOperations, transport);

document.body.innerHTML =
  "<button id=start>Start</button><button id=ask>Ask</button><output></output>";
onClick("#start", async () => {
  follow(await client.checksumTree({ root: "." }));
});
onClick("#ask", async () => {
  const beganMs = performance.now();
  const { algorithms } = await client.listAlgorithms({});
  const output = element("output");
  output.textContent = `${algorithms}`;
  output.dataset.tookMs = `${performance.now() - beganMs}`;
});
for (const name of namesInAddress()) {
  follow(client.checksumTree.resume(name));
}

type Handle = OperationHandle<ChecksumTreeResponse, ChecksumTreeMetadata>;

/** Shows an operation: each state that is seen of it, what it ended with, and whether contact is lost. */
function follow(operation: Handle): void {
  const article = document.createElement("article");
  article.innerHTML = "<ol></ol><em></em><button>Cancel</button><output></output>";
  const output = element("output", article);
  document.body.append(article);
  onClick("button", () => operation.cancel(), article);
  if (!namesInAddress().includes(operation.name)) {
    location.hash = [...namesInAddress(), operation.name].join();
  }
  const onPollError = ({ message }: Error) => {
    element("em", article).textContent = message;
  };
  watch().catch((error) => {
    output.textContent = String(error);
  });

  async function watch(): Promise<void> {
    if (query.has("listen")) {
      for await (const { filesDone } of operation.progress({ onPollError })) {
        const item = document.createElement("li");
        item.textContent = `${filesDone}`;
        element("ol", article).append(item);
        element("em", article).textContent = "";
      }
    }
    const { treeDigest } = await operation.result({ onPollError });
    output.textContent = treeDigest;
  }
}

function namesInAddress(): string[] {
  return location.hash
    .slice(1)
    .split(",")
    .filter((name) => name !== "");
}

function onClick(selector: string, act: () => Promise<void>, within?: Element): void {
  // What it rejects with is for the test to see, as an error of the page.
  element(selector, within).addEventListener("click", () => void act());
}

function element(selector: string, within: ParentNode = document): HTMLElement {
  const found = within.querySelector<HTMLElement>(selector);
  if (found === null) {
    throw new Error(`the page has no ${selector}`);
  }
  return found;
}
