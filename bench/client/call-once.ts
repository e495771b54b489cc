// SPDX-License-Identifier: Apache-2.0

/**
 * Starts an operation and waits for its end, as a caller would: it answers with what the response
 * says, which is when the handler returned.
 */
export type CallOnce = () => Promise<string | undefined>;

interface FileRequest {
  readonly inputConfig: { readonly gcsSource: { readonly uri: string }; readonly mimeType: string };
  readonly outputConfig: {
    readonly gcsDestination: { readonly uri: string };
    readonly batchSize: number;
  };
}

/** What each caller sends, in whatever types it has. */
export const requests: FileRequest[] = [
  {
    inputConfig: { gcsSource: { uri: "gs://in/a.pdf" }, mimeType: "application/pdf" },
    outputConfig: { gcsDestination: { uri: "gs://out/" }, batchSize: 7 },
  },
];
