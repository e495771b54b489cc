// SPDX-License-Identifier: Apache-2.0

export { type AnswerFormat, answerFormat } from "./answer-format.ts";
export { type DecodeResponseOptions, decodeResponse } from "./decode-response.ts";
export {
  type EncodedResponse,
  type EncodeResponseOptions,
  encodeResponse,
} from "./encode-response.ts";
export {
  createStreamEncoder,
  type DecodeStreamOptions,
  decodeResponseStream,
  type StreamEncoder,
} from "./response-stream.ts";
