/** How things are said in pictures and tables, briefly. */

const groups = new Intl.NumberFormat("en");

/** A number in full, as in 12,345. */
export function full(value: number): string {
  return groups.format(value);
}

/** A number of things, as in 1 call or 2 calls. */
export function counted(count: number, thing: string): string {
  return `${full(count)} ${thing}${count === 1 ? "" : "s"}`;
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** A number for an axis or a label, as in 12.3K. */
export function short(value: number): string {
  return compact.format(value);
}

/** A duration, as in 52 µs, 3.4 ms, 1.2 s. */
export function duration(microseconds: number): string {
  if (microseconds === 0) return "0";
  if (microseconds < 1_000) return `${figure(microseconds)} µs`;
  if (microseconds < 1_000_000) return `${figure(microseconds / 1_000)} ms`;
  return `${figure(microseconds / 1_000_000)} s`;
}

/** As many decimals as say something. */
function figure(value: number): string {
  return full(Number(value.toFixed(value < 10 ? 1 : 0)));
}

/** An amount of money, in US dollars: cents where they say something, more decimals where they don't. */
export function money(nanoDollars: number): string {
  const dollars = nanoDollars / 1e9;
  const decimals = dollars === 0 || dollars >= 0.995 ? 2 : dollars >= 0.01 ? 3 : 5;
  return `$${dollars.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })}`;
}

/** A part of a whole in percent, as in 12.5 %. */
export function share(part: number, whole: number): string {
  return whole === 0 ? "0 %" : `${Number(((100 * part) / whole).toFixed(1))} %`;
}

const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** A day of a zone that is so many minutes ahead of UTC, as in 26 Nov. */
export function dayOf(time: number, offsetMinutes: number): string {
  return days.format(time + offsetMinutes * 60_000);
}

/** The time of day, as in 14:05. */
export function clock(time: number, offsetMinutes: number): string {
  return new Date(time + offsetMinutes * 60_000).toISOString().slice(11, 16);
}

/** A moment in full, as in 26 Nov 14:05. */
export function moment(time: number, offsetMinutes: number): string {
  return `${dayOf(time, offsetMinutes)} ${clock(time, offsetMinutes)}`;
}

/** A zone by how far it is ahead of UTC, as in UTC+02:00. */
export function zone(offsetMinutes: number): string {
  if (offsetMinutes === 0) return "UTC";
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number) => String(value).padStart(2, "0");
  return `UTC${offsetMinutes < 0 ? "−" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const longestName = 64;
/** What would turn letters around, hide them, or break a line: a name is chosen by whoever makes tools or signs in. */
const misleading = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** A name that somebody else has chosen: on one line, with nothing hidden in it, and cut where it is long. */
export function name(text: string): string {
  const letters = [...text.slice(0, 4 * longestName).replaceAll(misleading, "\ufffd")];
  return letters.length > longestName ? `${letters.slice(0, longestName - 1).join("")}…` : letters.join("");
}
