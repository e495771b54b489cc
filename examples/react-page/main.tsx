// SPDX-License-Identifier: Apache-2.0

// A page that starts an operation, and comes back to it by the name in its address;
// examples/express/server.ts serves it.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { Checksum } from "./checksum.tsx";
import { StartForm } from "./start-form.tsx";

const queries = new QueryClient({
  defaultOptions: {
    // A handle tries again by itself, and what has ended does not change.
    queries: { retry: false, staleTime: Number.POSITIVE_INFINITY },
  },
});
const name = new URLSearchParams(location.search).get("operation");

createRoot(document.body.appendChild(document.createElement("main"))).render(
  <QueryClientProvider client={queries}>
    {name === null ? <StartForm /> : <Checksum name={name} />}
  </QueryClientProvider>,
);
