/** What of the dashboard somebody has chosen to see. */
export interface Choice {
  readonly range: Range;
  /** A gateway's id; all of them unless one is chosen. */
  readonly gateway?: string;
  /** How often the page brings itself up to date, in seconds; never for 0. */
  readonly refresh: number;
}

const hour = 3_600_000;
export const ranges = {
  "1h": { label: "1 hour", milliseconds: hour },
  "3h": { label: "3 hours", milliseconds: 3 * hour },
  "24h": { label: "24 hours", milliseconds: 24 * hour },
  "7d": { label: "7 days", milliseconds: 7 * 24 * hour },
  "30d": { label: "30 days", milliseconds: 30 * 24 * hour },
} as const;
export type Range = keyof typeof ranges;

export const refreshes = [0, 10, 30, 60] as const;

/** Reads a choice from an address; what makes no sense there is as if it weren't there. */
export function choiceOf(query: URLSearchParams): Choice {
  const range = query.get("range") ?? "";
  const gateway = query.get("gateway") ?? "";
  const refresh = refreshes.find((seconds) => String(seconds) === query.get("refresh"));
  return {
    range: Object.hasOwn(ranges, range) ? (range as Range) : "1h", // Has just been looked up.
    ...(gateway === "" ? {} : { gateway }),
    refresh: refresh ?? 30,
  };
}
