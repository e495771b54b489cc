// SPDX-License-Identifier: Apache-2.0

// Imports the module that it is told, and says what that took.

const [, , module = ""] = process.argv;
const beganMs = performance.now();
const before = process.cpuUsage();
await import(module);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ ms: performance.now() - beganMs, cpuMs: (user + system) / 1000 }));
