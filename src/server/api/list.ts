// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { Code, type ConnectError, type HandlerContext } from "@connectrpc/connect";
import {
  type ListOperationsRequest,
  type ListOperationsResponse,
  ListOperationsResponseSchema,
} from "../../../gen/google/longrunning/operations_pb.ts";
import { FilterError } from "../../filter/index.ts";
import type { Access } from "../access.ts";
import { invalidField, operationsError } from "../errors.ts";
import type { ServedMethod } from "../method.ts";
import { parentOf } from "../names.ts";
import {
  type ListFilter,
  type ListPage,
  type ListPosition,
  type OperationRecord,
  type OperationStore,
  payloadBytes,
} from "../store.ts";
import { listFilter } from "./list-filter.ts";
import type { MetadataView } from "./metadata-view.ts";
import type { ToOperation } from "./operation-message.ts";
import type { PageTokenArgs, PageTokens } from "./page-token.ts";

interface ListOptions {
  readonly store: OperationStore;
  readonly access: Access;
  readonly tokens: PageTokens;
  readonly methods: ReadonlyMap<string, ServedMethod>;
  readonly metadataOf: MetadataView;
  readonly toOperation: ToOperation;
  domain(): string;
}

/** Answers a call of ListOperations. */
export type ListOperations = (
  request: ListOperationsRequest,
  context: HandlerContext,
) => Promise<ListOperationsResponse>;

const defaultPageSize = 50;
const maxPageSize = 1000;
const maxPageBytes = 3 * 1024 * 1024;
// A plain gRPC client receives 4 MiB; the token and the headers need some of it.
const maxAnswerBytes = 4 * 1024 * 1024 - 32 * 1024;
const maxScanned = 10_000;
const maxScanMs = 50;

/**
 * Lists in pages, newest first.
 *
 * @see AIP-158, AIP-160, AIP-217
 */
export function listOperations(options: ListOptions): ListOperations {
  const { store, access, tokens, toOperation, domain } = options;

  return async (request, context) => {
    const caller = await access.caller(context);
    const parent = parentOf(request.name);
    if (parent === undefined) {
      throw invalidField("name", {
        reason: "NAME_INVALID",
        description: "must be a parent, its operations, or empty for all",
        domain: domain(),
      });
    }
    const principal = caller || undefined;
    const grant = await access.grant({ action: "list", parent, principal });
    checkSizes(request);
    const filter = filterOf(request.filter);
    const args = { caller, parent, filter: request.filter };
    const after = await positionOf(request.pageToken, args);
    if (grant === "none") {
      return create(ListOperationsResponseSchema);
    }
    const { records, next } = cut(
      await store.list({
        ...(grant === "own" && { owner: caller }),
        ...(parent !== "" && { parent }),
        filter,
        limit: Math.min(request.pageSize || defaultPageSize, maxPageSize),
        maxBytes: maxPageBytes,
        maxScanned,
        maxScanMs,
        after,
      }),
    );
    return create(ListOperationsResponseSchema, {
      operations: records.map(toOperation),
      nextPageToken: next === undefined ? "" : await tokens.write(next, args),
    });
  };

  function checkSizes({ pageSize, returnPartialSuccess }: ListOperationsRequest): void {
    if (returnPartialSuccess) {
      throw operationsError({
        code: Code.Unimplemented,
        message: "return_partial_success: this service has no parts that could be unreachable",
        reason: "PARTIAL_SUCCESS_UNSUPPORTED",
        domain: domain(),
      });
    }
    if (pageSize < 0) {
      throw invalidField("page_size", {
        reason: "PAGE_SIZE_INVALID",
        description: "must not be negative; 0 is the default",
        domain: domain(),
      });
    }
  }

  function filterOf(text: string): ListFilter | undefined {
    try {
      return listFilter(text, options);
    } catch (error) {
      throw error instanceof FilterError ? invalidFilter(error) : error;
    }
  }

  function invalidFilter({ message, column }: FilterError): ConnectError {
    return invalidField("filter", {
      reason: "FILTER_INVALID",
      description: message,
      domain: domain(),
      metadata: { column: `${column}`, problem: message },
    });
  }

  async function positionOf(token: string, args: PageTokenArgs): Promise<ListPosition | undefined> {
    const position = token === "" ? undefined : await tokens.read(token, args);
    if (token !== "" && position === undefined) {
      throw invalidField("page_token", {
        reason: "PAGE_TOKEN_INVALID",
        description: "is not one of this list, or is too old; begin again without one",
        domain: domain(),
      });
    }
    return position;
  }
}

/** Ends a page where it would not fit into one message: long names and type URLs count here too. */
function cut(page: ListPage): ListPage {
  let bytes = 0;
  const tooMany = page.records.findIndex((record, i) => {
    bytes += messageBytes(record);
    return i > 0 && bytes > maxAnswerBytes;
  });
  if (tooMany < 0) {
    return page;
  }
  const records = page.records.slice(0, tooMany);
  return { records, next: records.at(-1) };
}

// At most; in UTF-8 a UTF-16 code unit takes up to three bytes, and tags and what is filled in, 128.
function messageBytes(record: OperationRecord): number {
  const { name, metadata, result } = record;
  const typeUrls = [metadata?.typeUrl, result?.kind === "response" ? result.response.typeUrl : ""];
  return payloadBytes(record) + 3 * `${name}${typeUrls.join("")}`.length + 128;
}
