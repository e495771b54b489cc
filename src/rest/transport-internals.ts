// SPDX-License-Identifier: Apache-2.0

// What the transport needs of connect besides its public API. Whatever changes with a new version of
// connect changes here.
export {
  createAsyncIterable,
  createMethodUrl,
  readAllBytes,
  runStreamingCall,
  runUnaryCall,
} from "@connectrpc/connect/protocol";
export { trailerDemux } from "@connectrpc/connect/protocol-connect";
