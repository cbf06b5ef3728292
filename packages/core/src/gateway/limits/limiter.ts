import { LRUCache } from "lru-cache";
import type { Rate, Taken } from "../../storage/tokenBucket.ts";

/** Whether a request may go on. */
export type Admission =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly retryAfterMilliseconds: number };

/** Counts against limits that all processes share. */
export interface Limiter {
  /**
   * @param key what is counted, and by which limit.
   * @throws Error when that can't be found out.
   */
  admit(key: string, rate: Rate): Promise<Admission>;
}

/** Tokens that this process has taken, and may use for a while. */
interface Lease {
  left: number;
  /** How many were taken, and when. */
  size: number;
  since: number;
  /** When they are given up. */
  until: number;
  /** Until then the shared bucket is known to be empty. */
  emptyUntil: number;
  waiting: number;
  taking?: Promise<void> | undefined;
}

/** The share of a limit that one process takes at a time at most, and of its period that it keeps what it took. */
const share = 10;
const mostKeys = 50_000;

/**
 * A limiter over shared buckets. A process takes tokens in advance, more the faster they are used, so that a limit that is
 * hot doesn't cost a write a call; what isn't used within a tenth of the period is lost. So in any time T at most
 * `limit * (1 + (T + late) / period + 1 / 10)` are admitted, by all processes together, where `late` is what their clocks
 * differ by and the table takes to answer.
 */
export function createLimiter({
  take,
  now = Date.now,
  keys = mostKeys,
}: {
  /** Takes from a shared bucket; as in RateLimitRepository. Times are microseconds. */
  readonly take: (key: string, rate: Rate, wanted: number, now: number) => Promise<Taken>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Of how many keys the leases are remembered, for which memory is set aside at once. */
  readonly keys?: number;
}): Limiter {
  const leases = new LRUCache<string, Lease>({ max: keys });
  const microseconds = () => Math.floor(now() * 1_000);

  function leaseOf(key: string): Lease {
    let lease = leases.get(key);
    if (lease === undefined) {
      lease = { left: 0, size: 0, since: 0, until: 0, emptyUntil: 0, waiting: 0 };
      leases.set(key, lease);
    }
    return lease;
  }

  /** One taking at a time: whoever waits shares what it brings. */
  function taking(key: string, rate: Rate, lease: Lease): Promise<void> {
    lease.taking ??= renew(key, rate, lease).finally(() => {
      lease.taking = undefined;
    });
    return lease.taking;
  }

  async function renew(key: string, rate: Rate, lease: Lease): Promise<void> {
    const startedAt = microseconds();
    const wanted = Math.min(rate.capacity, Math.max(nextSize(rate, lease, startedAt), lease.waiting));
    const { tokens, retryAt } = await take(key, rate, wanted, startedAt);
    lease.left = tokens;
    lease.size = tokens;
    // From now on: a table that is slow to answer would else use up what it gives.
    lease.since = microseconds();
    lease.until = lease.since + Math.floor((rate.capacity * rate.interval) / share);
    lease.emptyUntil = retryAt ?? 0;
  }

  return {
    async admit(key, rate) {
      const lease = leaseOf(key);
      for (;;) {
        const time = microseconds();
        if (time < lease.emptyUntil)
          return { admitted: false, retryAfterMilliseconds: (lease.emptyUntil - time) / 1_000 };
        if (lease.left > 0 && time < lease.until) {
          lease.left--;
          return { admitted: true };
        }
        lease.waiting++;
        try {
          await taking(key, rate, lease);
        } finally {
          lease.waiting--;
        }
      }
    },
  };
}

/** As many as were used; where they were used up early, as many as it would have been, up to twice as many. */
function nextSize({ capacity }: Rate, { left, size, since, until }: Lease, now: number): number {
  const early = left === 0 && now < until;
  const wanted = early ? Math.min(size * 2, Math.ceil((size * (until - since)) / (now - since + 1))) : size - left;
  return Math.max(1, Math.min(wanted, Math.floor(capacity / share)));
}
