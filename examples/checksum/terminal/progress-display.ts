// SPDX-License-Identifier: Apache-2.0

import type { ChecksumTreeMetadata } from "../gen/checksum/v1/checksum_pb.ts";

/** Shows a person how far it has come. */
export interface ProgressDisplay {
  /** Shows the latest progress, in place of what was shown before where that is possible. */
  show(metadata: ChecksumTreeMetadata): void;
  /** Writes a line that stays. */
  note(text: string): void;
  /** Takes the progress away. */
  end(): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A bar on a terminal; elsewhere a line now and then. */
export function progressDisplay(
  stream: Terminal,
  now: () => number = () => performance.now(),
): ProgressDisplay {
  return stream.isTTY === true ? barDisplay(stream) : lineDisplay(stream, now);
}

function barDisplay(stream: Terminal): ProgressDisplay {
  const clear = "\r\u001b[K";
  let shown = "";
  return {
    show(metadata) {
      // The last column stays free: writing there makes some terminals begin a new line. Some tell no
      // width, or 0.
      shown = progressBar(metadata, (stream.columns || 80) - 1);
      stream.write(clear + shown);
    },
    note: (text) => stream.write(`${clear}${printable(text)}\n${shown}`),
    end() {
      stream.write(clear);
      shown = "";
    },
  };
}

const msBetweenLines = 5_000;

function lineDisplay(stream: Terminal, now: () => number): ProgressDisplay {
  let last = Number.NEGATIVE_INFINITY;
  return {
    show(metadata) {
      if (now() - last >= msBetweenLines) {
        last = now();
        stream.write(`${progressText(metadata)}\n`);
      }
    },
    note: (text) => stream.write(`${printable(text)}\n`),
    end() {},
  };
}

/** Progress on one line of a terminal, at most so many columns wide. */
export function progressBar(metadata: ChecksumTreeMetadata, columns: number): string {
  const text = progressText(metadata);
  const cells = Math.min(30, columns - text.length - 3);
  const full = Math.round(fractionOf(metadata) * cells);
  const bar =
    metadata.checkpoint === undefined || cells < 5
      ? text
      : `[${"=".repeat(full)}${" ".repeat(cells - full)}] ${text}`;
  return `${bar} ${pathWithin(metadata.currentPath, columns - bar.length - 1)}`
    .trimEnd()
    .slice(0, columns);
}

/** Progress in words. */
export function progressText(metadata: ChecksumTreeMetadata): string {
  const { bytesDone, bytesTotal, checkpoint, filesDone, filesTotal, skipped } = metadata;
  if (checkpoint === undefined) {
    return `counting: ${filesTotal.toLocaleString("en")} files, ${sizeText(bytesTotal)}`;
  }
  const percent = Math.floor(fractionOf(metadata) * 100);
  const files = `${filesDone.toLocaleString("en")} of ${filesTotal.toLocaleString("en")} files`;
  const bytes = `${sizeText(bytesDone)} of ${sizeText(bytesTotal)}`;
  const rest = skipped === 0n ? "" : `, ${skipped.toLocaleString("en")} skipped`;
  return `${percent}% ${files}, ${bytes}${rest}`;
}

// By bytes, and by files where there are none; a tree that grew meanwhile is no more than done.
function fractionOf(metadata: ChecksumTreeMetadata): number {
  const { bytesDone, bytesTotal, filesDone, filesTotal } = metadata;
  const [done, total] = bytesTotal > 0n ? [bytesDone, bytesTotal] : [filesDone, filesTotal];
  return total === 0n ? 0 : Math.min(1, Number(done) / Number(total));
}

function sizeText(bytes: bigint): string {
  let size = Number(bytes);
  for (const unit of ["B", "kB", "MB", "GB", "TB"]) {
    if (size < 999.5) {
      return `${size < 10 && unit !== "B" ? size.toFixed(1) : Math.round(size)} ${unit}`;
    }
    size /= 1000;
  }
  return `${size.toFixed(1)} PB`;
}

// The end of a path tells more than its beginning. Beyond ASCII a character may take two columns.
function pathWithin(path: string, columns: number): string {
  const characters = [...printable(path).replaceAll("\n", "?")];
  let free = columns;
  let from = characters.length;
  while (from > 0) {
    free -= /[ -~]/.test(characters[from - 1] ?? "") ? 1 : 2;
    if (free < 0) {
      break;
    }
    from -= 1;
  }
  return characters.slice(from).join("");
}

// A control character in the name of a file would take hold of the terminal.
function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, "?");
}
