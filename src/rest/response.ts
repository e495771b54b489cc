// SPDX-License-Identifier: Apache-2.0

export { answerFormat } from "./answer-format.ts";
export { decodeResponse } from "./decode-response.ts";
export {
  type EncodedResponse,
  type EncodeResponseOptions,
  encodeResponse,
} from "./encode-response.ts";
export {
  createStreamEncoder,
  decodeResponseStream,
  type StreamEncoder,
} from "./response-stream.ts";
