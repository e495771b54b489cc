// SPDX-License-Identifier: Apache-2.0

// Serves the app, with the page of examples/react-page; `PORT` and the like are as for `npm start`:
//
//   npm run build
//   npx esbuild examples/react-page/main.tsx --bundle --format=esm --outdir=dist/page
//   cp examples/react-page/index.html dist/page
//   node dist/examples/express/server.js dist/page

import { createServer } from "node:http";
import { readEnvironment } from "../checksum/environment.ts";
import { onInterrupt } from "../checksum/terminal/interrupts.ts";
import { addressUrl } from "../checksum/terminal/welcome.ts";
import { checksumApp } from "./app.ts";

const [page = "dist/page"] = process.argv.slice(2);
const { database, host, port, root } = await readEnvironment(process.env);
const { app, operations } = checksumApp({ database, root, page });

const server = createServer(app).listen(port, host, () => {
  operations.work();
  console.log(addressUrl(server.address()));
});

onInterrupt(["SIGINT", "SIGTERM"], async () => {
  server.close();
  // Whoever waits is answered, and what runs goes on with the next server.
  await operations.close({ drainMs: 0 });
});
