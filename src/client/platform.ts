// SPDX-License-Identifier: Apache-2.0

/** Whether this is a page, or a worker of one. */
export const inBrowser: boolean = "document" in globalThis || "importScripts" in globalThis;
