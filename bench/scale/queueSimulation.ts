/** A queue with pollers and arrivals; times in seconds. */
export interface QueueRun {
  readonly messagesPerSecond: number;
  readonly pollers: number;
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** How long a batch is worked on; its poller does nothing else meanwhile. */
  readonly workSeconds: (size: number) => number;
  readonly messages: number;
  /** Numbers from 0 to 1, without 1. */
  readonly random: () => number;
}

/** What came of the messages, each in the order in which it was handed over. */
export interface QueueOutcome {
  readonly batches: readonly number[];
  /** How long each message waited until its batch was handed over. */
  readonly waits: readonly number[];
}

interface Poller {
  /** When its messages came, oldest first. */
  arrivals: number[];
  /** When it hands over what it has; infinite as long as it has nothing. */
  deadline: number;
  /** Until when it works on its last batch. */
  busyUntil: number;
}

/**
 * Plays messages through a queue, one by one: a second way to what `batching.ts` calculates. A message goes to one of the
 * pollers that are collecting, by chance; while none is, messages wait, and the next poller that is done takes as many as
 * its batch holds.
 */
export function simulateQueue(run: QueueRun): QueueOutcome {
  const { pollers: count, batchSize, windowSeconds, workSeconds, random } = run;
  const pollers = Array.from({ length: count }, (): Poller => ({ arrivals: [], deadline: Infinity, busyUntil: 0 }));
  const backlog: number[] = [];
  const batches: number[] = [];
  const waits: number[] = [];

  function handOver(poller: Poller, now: number): void {
    batches.push(poller.arrivals.length);
    waits.push(...poller.arrivals.map((arrival) => now - arrival));
    const work = workSeconds(poller.arrivals.length);
    poller.arrivals = [];
    poller.deadline = Infinity;
    poller.busyUntil = now + work;
  }

  function take(poller: Poller, arrivals: readonly number[], now: number): void {
    if (arrivals.length === 0) return;
    if (poller.arrivals.length === 0) poller.deadline = now + windowSeconds;
    poller.arrivals.push(...arrivals);
    if (poller.arrivals.length >= batchSize) handOver(poller, now);
  }

  /** Lets everything happen that happens before `until`, in its order. */
  function advance(until: number): void {
    for (;;) {
      const next = pollers.reduce((a, b) => (nextEvent(b, backlog) < nextEvent(a, backlog) ? b : a));
      const at = nextEvent(next, backlog);
      if (at > until) return;
      if (next.deadline <= at) handOver(next, at);
      else take(next, backlog.splice(0, batchSize), at);
    }
  }

  let now = 0;
  for (let message = 0; message < run.messages; message++) {
    now -= Math.log(1 - random()) / run.messagesPerSecond;
    advance(now);
    const collecting = pollers.filter(({ busyUntil }) => busyUntil <= now);
    const poller = collecting[Math.floor(random() * collecting.length)];
    if (poller === undefined) backlog.push(now);
    else take(poller, [now], now);
  }
  advance(Number.MAX_VALUE);
  return { batches, waits };
}

/** When something happens to a poller by itself: its window ends, or it is done and finds messages waiting. */
function nextEvent({ deadline, busyUntil, arrivals }: Poller, backlog: readonly number[]): number {
  return backlog.length > 0 && arrivals.length === 0 ? Math.min(deadline, busyUntil) : deadline;
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
