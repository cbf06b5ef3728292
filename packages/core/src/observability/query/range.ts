import { invalid } from "../../control/input.ts";

/** From one moment, inclusive, until another, exclusive. */
export interface Range {
  readonly from: Date;
  readonly to: Date;
}

const day = 24 * 3_600_000;

/**
 * The range that a request names: the last 24 hours, unless it says otherwise.
 * @param days how long what is asked for is kept.
 * @throws GatehouseError `validation` for a range that is empty, or begins before anything is kept of it.
 */
export function rangeOf(given: { from?: string | undefined; to?: string | undefined }, days: number, now: Date): Range {
  // Nothing is recorded of what is more than an hour ahead: what is behind it need not be looked for.
  const latest = now.getTime() + 3_600_000;
  const to = given.to === undefined ? now : new Date(Math.min(Date.parse(given.to), latest));
  const from = given.from === undefined ? new Date(to.getTime() - day) : new Date(given.from);
  if (from >= to) {
    throw invalid([{ name: "from", message: `must be before to, which is ${to.toISOString()}` }]);
  }
  // An hour more, for whoever computes "90 days ago" and asks a little later.
  const oldest = new Date(now.getTime() - days * day - 3_600_000);
  if (from < oldest) {
    const message = `is before anything of this is kept: it is kept for ${days} days, so ask from ${oldest.toISOString()} on`;
    throw invalid([{ name: "from", message }]);
  }
  return { from, to };
}
