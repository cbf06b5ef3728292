import type { Range } from "./range.ts";

/** Where a list goes on, within the range that it began with: what "now" was then stays. */
export interface Position extends Range {
  readonly after?: string | undefined;
}

/** A page's range as answers have it, and the token of the next page, where there is one. */
export function shownRange({ from, to, after }: Position): { from: string; to: string; nextToken?: string } {
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    ...(after === undefined ? {} : { nextToken: tokenOf({ from, to, after }) }),
  };
}

/** A position as text, which is sealed before anybody gets it. */
export function tokenOf({ from, to, after }: Position): string {
  return JSON.stringify({ from: from.toISOString(), to: to.toISOString(), after });
}

/** The position that a token holds, once it is opened; without a token none. */
export function positionIn(token: string | undefined): Position | undefined {
  if (token === undefined) return undefined;
  const { from, to, after } = JSON.parse(token) as { from: string; to: string; after: string }; // Made above, and sealed since.
  return { from: new Date(from), to: new Date(to), after };
}
