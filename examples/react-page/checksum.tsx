// SPDX-License-Identifier: Apache-2.0

import { skipToken, useMutation, useQuery } from "@tanstack/react-query";
import { WaitError } from "longrunning/client";
import type { ReactNode } from "react";
import type { ChecksumTreeMetadata } from "../checksum/gen/checksum/v1/checksum_pb.ts";
import { checksums } from "./checksums.ts";

/** An operation by its name, whoever started it, and whenever. */
export function Checksum({ name }: { readonly name: string }): ReactNode {
  const { data: progress } = useQuery<ChecksumTreeMetadata>({
    queryKey: ["progress", name],
    queryFn: skipToken,
  });
  const { data, error, refetch } = useQuery({
    queryKey: ["checksum", name],
    async queryFn({ signal, client }) {
      const operation = checksums.checksumTree.resume(name);
      for await (const metadata of operation.progress({ signal })) {
        client.setQueryData(["progress", name], metadata);
      }
      return operation.result({ signal });
    },
  });
  const cancelling = useMutation({
    mutationFn: () => checksums.checksumTree.resume(name).cancel(),
  });

  if (data !== undefined) {
    return <output>{data.treeDigest}</output>;
  }
  if (error !== null) {
    return (
      <p role="alert">
        {error.message}{" "}
        {error instanceof WaitError && (
          <button type="button" onClick={() => refetch()}>
            Look again
          </button>
        )}
      </p>
    );
  }
  return (
    <p>
      {progress === undefined
        ? "Waiting…"
        : `${progress.filesDone} of ${progress.filesTotal} files`}{" "}
      <button type="button" onClick={() => cancelling.mutate()}>
        Cancel
      </button>
    </p>
  );
}
