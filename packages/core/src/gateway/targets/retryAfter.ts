import type { OutboundFetch } from "../../outbound.ts";
import { TargetError } from "./target.ts";

/** Enough of what it says, in characters. */
const longestExcerpt = 500;

/**
 * A `fetch` that fails where the other side has no time for the call, and keeps when it may be asked again: clients built
 * on it would lose the header.
 * @param conceal takes the credentials out of what the other side says, which may repeat them (T18)
 */
export function heedingRetryAfter(
  fetch: OutboundFetch,
  now: () => number = Date.now,
): (...call: [...Parameters<OutboundFetch>, conceal?: (text: string) => string]) => Promise<Response> {
  return async (address, init, conceal = (text) => text) => {
    const response = await fetch(address, init);
    if (response.status !== 429 && response.status !== 503) return response;
    const retryAfterMilliseconds = millisecondsOf(response.headers.get("retry-after"), now());
    const said = conceal(await response.text()).slice(0, longestExcerpt);
    throw new TargetError(`${new URL(address).origin} answered ${response.status}: ${said}`, {
      status: response.status,
      ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
    });
  };
}

/** `Retry-After`: seconds, or a date (RFC 9110 section 10.2.3). */
function millisecondsOf(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
