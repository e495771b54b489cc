// SPDX-License-Identifier: Apache-2.0

const timestamp =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const duration = /^([+-]?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

const nanosPerSecond = 1_000_000_000n;
// What google.protobuf.Timestamp and Duration can hold.
const earliestSecond = -62_135_596_800n;
const latestSecond = 253_402_300_799n;
const mostSeconds = 315_576_000_000n;

/**
 * Nanoseconds since the Unix epoch; undefined for what is no RFC 3339 timestamp, has no such day, or
 * is outside the years 1 to 9999. A leap second is not accepted: protobuf has none.
 */
export function parseTimestamp(text: string): bigint | undefined {
  const match = timestamp.exec(text);
  if (match === null) {
    return undefined;
  }
  const at = (group: number) => Number(match[group] ?? 0);
  const [year, month, day, hour, minute, second] = [at(1), at(2), at(3), at(4), at(5), at(6)];
  const [offsetHour, offsetMinute] = [at(9), at(10)];
  const utc = new Date(0);
  // Unlike Date.UTC, this takes the years before 100 as they are.
  utc.setUTCFullYear(year, month - 1, day);
  utc.setUTCHours(hour, minute, second);
  const isReal =
    utc.getUTCMonth() === month - 1 && utc.getUTCDate() === day && hour < 24 && minute < 60;
  if (!isReal || second > 59 || offsetHour > 23 || offsetMinute > 59) {
    return undefined;
  }
  const offset = (match[8] === "-" ? -60 : 60) * (offsetHour * 60 + offsetMinute);
  const seconds = BigInt(utc.getTime() / 1000 - offset);
  return seconds < earliestSecond || seconds > latestSecond
    ? undefined
    : seconds * nanosPerSecond + nanosOf(match[7]);
}

/** Nanoseconds; undefined for what is no number of seconds with an `s` behind it, or too many. */
export function parseDuration(text: string): bigint | undefined {
  const match = duration.exec(text);
  if (match === null) {
    return undefined;
  }
  const nanos = BigInt(match[2] ?? 0) * nanosPerSecond + nanosOf(match[3]);
  if (nanos > mostSeconds * nanosPerSecond) {
    return undefined;
  }
  return match[1] === "-" ? -nanos : nanos;
}

function nanosOf(fraction = ""): bigint {
  return BigInt(fraction.padEnd(9, "0"));
}
