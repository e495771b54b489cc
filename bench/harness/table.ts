// SPDX-License-Identifier: Apache-2.0

import type { GoalResult } from "./goal.ts";
import type { BenchmarkResult, MetricResult, VariantResult } from "./rounds.ts";
import type { Summary } from "./statistics.ts";

/** A result for people: what was measured with its quartiles, and what has become of the goals. */
export function tableOf({ name, title, variants, goals }: BenchmarkResult): string {
  const keys = Object.keys(variants[0]?.metrics ?? {});
  const head = ["", ...keys.flatMap((key) => headOf(key, variants))];
  const body = variants.map((variant) => [
    variant.name,
    ...keys.flatMap((key) => {
      const metric = variant.metrics[key];
      return metric === undefined ? [] : cellsOf(metric);
    }),
  ]);
  return [`${name}: ${title}`, ...aligned([head, ...body]), ...goals.map(goalLine), ""].join("\n");
}

function headOf(key: string, variants: readonly VariantResult[]): string[] {
  const metric = variants[0]?.metrics[key];
  const floors = new Set(variants.flatMap(({ floor }) => floor ?? []));
  const against = floors.size === 1 ? [...floors][0] : "floor";
  const comparison = metric?.compare === "ratio" ? `x ${against}` : `less ${against}`;
  return [`${key} [${metric?.unit}]`, ...(metric?.compare === undefined ? [] : [comparison])];
}

function cellsOf({ value, comparison, compare }: MetricResult): string[] {
  const cells = [spread(value)];
  if (compare !== undefined) {
    cells.push(comparison === undefined ? "" : spread(comparison));
  }
  return cells;
}

function goalLine({ variant, metric, of, bound, limit, summary, verdict, close }: GoalResult) {
  const what = of === "value" ? metric : `${metric} against the floor`;
  const relation = bound === "atMost" ? "at most" : "at least";
  const doubt = close ? " (the limit is within the spread)" : "";
  return `  goal: ${variant}: ${what} ${relation} ${limit}: ${verdict}, ${rounded(summary.median)}${doubt}`;
}

function spread({ median, low, high }: Summary): string {
  return `${rounded(median)} (${rounded(low)} - ${rounded(high)})`;
}

/** Three digits that mean something. */
export function rounded(value: number): string {
  const digits = value === 0 ? 0 : 2 - Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(Math.max(digits, 0), 4));
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => `  ${cell.padEnd(widths[column] ?? 0)}`)
      .join("")
      .trimEnd(),
  );
}
