import { isIPv4, isIPv6 } from "node:net";

/**
 * How strings and numbers of JSON become values of Cedar's extension types. Each function gives the text that Cedar's
 * constructor takes, or undefined where the value has no exact counterpart: a policy never decides about a value that
 * differs from the one the tool gets, so nothing is rounded.
 */

/** Cedar's decimal is a 64-bit integer count of ten-thousandths. */
const decimalLimit = 2n ** 63n;

/** A number with at most four decimal places, such as `12.5`, within ±922337203685477.5807. */
export function decimalOfNumber(value: number): string | undefined {
  // The shortest text that reads back as this number: the same that the target will be sent.
  const text = String(value === 0 ? 0 : value);
  return decimalOfText(text.includes(".") ? text : `${text}.0`);
}

/** A string of the format `decimal`, such as `12.50`. */
export function decimalOfText(text: string): string | undefined {
  const [, sign, whole = "", fraction = ""] = /^(-?)(\d{1,15})\.(\d{1,4})$/.exec(text) ?? [];
  if (whole === "") return undefined;
  const scaled = BigInt(whole + fraction.padEnd(4, "0")) * (sign === "-" ? -1n : 1n);
  return scaled >= -decimalLimit && scaled < decimalLimit ? text : undefined;
}

/** A date, or a time of RFC 3339 that is exact to the millisecond, between the years 0 and 9999 in UTC. */
export function datetime(text: string): string | undefined {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2}))?$/.exec(text) ?? undefined;
  if (!match) return undefined;
  const [, date = "", time = "00:00:00", fraction = "", offset = "Z"] = match;
  if (/[1-9]/.test(fraction.slice(3))) return undefined;
  const local = `${date}T${time}.${fraction.slice(0, 3).padEnd(3, "0")}Z`;
  const wall = new Date(local);
  // Date takes 24:00:00 and some languages take the 30th of February: what isn't written back the same is no time.
  if (Number.isNaN(wall.getTime()) || wall.toISOString() !== local) return undefined;
  const utc = new Date(wall.getTime() - offsetMilliseconds(offset));
  return utc.getTime() >= firstTime && utc.getTime() <= lastTime ? utc.toISOString() : undefined;
}

const firstTime = Date.parse("0000-01-01T00:00:00.000Z");
const lastTime = Date.parse("9999-12-31T23:59:59.999Z");

function offsetMilliseconds(offset: string): number {
  if (offset.length !== 6) return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(4, 6));
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** A duration of ISO 8601 in weeks, days and shorter units; a month or a year has no fixed length, so it has no counterpart. */
export function duration(text: string): string | undefined {
  const [, weeks, days, hours, minutes, seconds, fraction] = iso8601Duration.exec(text) ?? [];
  const units = [weeks, days, hours, minutes, seconds];
  if (units.every((unit) => unit === undefined)) return undefined;
  const [w = 0n, d = 0n, h = 0n, m = 0n, s = 0n] = units.map((unit) => BigInt(unit ?? 0));
  const milliseconds =
    ((((w * 7n + d) * 24n + h) * 60n + m) * 60n + s) * 1000n + BigInt((fraction ?? "").padEnd(3, "0"));
  return milliseconds < decimalLimit ? `${milliseconds}ms` : undefined;
}

const iso8601Duration =
  /^P(?:(\d{1,12})W|(?:(\d{1,12})D)?(?:T(?=\d)(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,12})(?:\.(\d{1,3}))?S)?)?)$/;

/** An IPv4 or IPv6 address. Cedar knows no zones and no IPv4 address within an IPv6 address. */
export function ipAddress(text: string): string | undefined {
  return isIPv4(text) || (isIPv6(text) && /^[0-9a-fA-F:]+$/.test(text)) ? text : undefined;
}
