// SPDX-License-Identifier: Apache-2.0

import type {
  ChecksumTreeMetadata,
  ChecksumTreeResponse,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";

/** What a page that digests a tree lets its user do. */
export interface Page {
  /** Is called when the user starts an operation. */
  onStart(start: (root: string) => Promise<void>): void;
  /** Is called when the user cancels it. */
  onCancel(cancel: () => Promise<void>): void;
  showProgress(metadata: ChecksumTreeMetadata): void;
  showResult(response: ChecksumTreeResponse): void;
}

/** Builds the page, the same for whatever is behind it. */
export function createPage(): Page {
  document.body.innerHTML =
    "<form><input name=root value=.><button>Start</button><button type=button>Cancel</button></form>" +
    "<progress></progress><output></output>";
  const form = element("form");
  const progress = element("progress");
  const output = element("output");
  const show = (text: string) => {
    output.textContent = text;
  };
  const complain = (error: unknown) => show(String(error));
  return {
    onStart(start) {
      form.onsubmit = (event) => {
        event.preventDefault();
        start(String(new FormData(form).get("root"))).catch(complain);
      };
    },
    onCancel(cancel) {
      element("button[type]").onclick = () => cancel().catch(complain);
    },
    showProgress({ bytesDone, bytesTotal, currentPath }) {
      progress.max = Number(bytesTotal);
      progress.value = Number(bytesDone);
      show(currentPath);
    },
    showResult: ({ files, treeDigest }) => show(`${files} files: ${treeDigest}`),
  };
}

function element(selector: "form"): HTMLFormElement;
function element(selector: "progress"): HTMLProgressElement;
function element(selector: string): HTMLElement;
function element(selector: string): Element | null {
  return document.querySelector(selector);
}
