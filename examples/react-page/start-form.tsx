// SPDX-License-Identifier: Apache-2.0

import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";

/** Asks for a directory, starts its digest, and goes to the address of the operation. */
export function StartForm(): ReactNode {
  const starting = useMutation({
    async mutationFn(root: string) {
      const response = await fetch("/checksums", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ root }),
      });
      const answer: { readonly name: string; readonly error?: string } = await response.json();
      if (response.status !== 202) {
        throw new Error(answer.error);
      }
      location.search = `${new URLSearchParams({ operation: answer.name })}`;
    },
  });
  return (
    <form action={(form) => starting.mutate(String(form.get("root")))}>
      <input name="root" aria-label="Directory" required />
      <button type="submit" disabled={starting.isPending}>
        Digest
      </button>
      {starting.error !== null && <p role="alert">{starting.error.message}</p>}
    </form>
  );
}
