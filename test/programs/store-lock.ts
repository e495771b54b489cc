// SPDX-License-Identifier: Apache-2.0

// Holds a database's lock for a while, as a busy or careless process does, and says when it does.
// node store-lock.js DATABASE immediate|exclusive MS

import Database from "libsql";

const [path = "", kind = "", ms = ""] = process.argv.slice(2);

const database = new Database(path);
database.exec(`BEGIN ${kind.toUpperCase()}`);
console.log("locked");
setTimeout(() => {
  database.exec("COMMIT");
  console.log("released");
}, Number(ms));
