import { availableParallelism } from "node:os";
import { callsIn, type Lines, wholeLines } from "./lines.ts";
import type { ReplayOptions } from "./replay.ts";
import { createReplayer, type Replayed } from "./replayer.ts";
import { type ReplayReport, reportOf } from "./report.ts";
import { addTally, emptyTally, type Tally } from "./tally.ts";
import { startThread, type Thread } from "./thread.ts";

export interface ReplayLinesOptions extends Omit<ReplayOptions, "calls"> {
  /** A file of recorded calls (NDJSON), in chunks of any size; a quarter of a megabyte is a good one. */
  readonly source: AsyncIterable<Uint8Array>;
  /** How many threads; one a core if absent. */
  readonly workers?: number | undefined;
}

/** How many portions a thread is given at a time, so that it never waits for the next. */
const portionsAThread = 2;

/**
 * Like `replay`, for a file of recorded calls, on several cores: each thread counts whole portions of the file, and what
 * they have counted is added up. Memory doesn't grow with the file.
 */
export async function replayLines(options: ReplayLinesOptions): Promise<ReplayReport> {
  const { source, workers = availableParallelism(), onProgress, signal, ...replayed } = options;
  signal?.throwIfAborted();
  const portions = wholeLines(source);
  const [first, second] = [await portions.next(), await portions.next()];
  // A thread takes longer to start than a portion takes to be replayed.
  if (first.done || second.done) return reportOf(replayHere(first.done ? [] : [first.value], replayed));

  const waiting = [first.value, second.value];
  const next = async () => {
    const begun = waiting.shift();
    return begun === undefined ? portions.next() : { done: false as const, value: begun };
  };
  let calls = 0;
  const feed = async (thread: Thread) => {
    for (let portion = await next(); !portion.done; portion = await next()) {
      const replayed = await thread.replay(portion.value);
      calls += replayed;
      onProgress?.({ calls });
      signal?.throwIfAborted();
    }
  };
  const threads = Array.from({ length: workers }, () => startThread(replayed));
  try {
    await Promise.all(threads.flatMap((thread) => Array.from({ length: portionsAThread }, () => feed(thread))));
    const tally = emptyTally();
    for (const counted of await Promise.all(threads.map((thread) => thread.finish()))) addTally(tally, counted);
    return reportOf(tally);
  } finally {
    await Promise.all(threads.map((thread) => thread.stop()));
    // Not waited for: a pipe may have nothing more to say.
    void portions.return(undefined).catch(() => undefined);
  }
}

function replayHere(portions: readonly Lines[], replayed: Replayed): Tally {
  const replayer = createReplayer(replayed);
  try {
    for (const portion of portions) for (const call of callsIn(portion)) replayer.add(call);
    return replayer.tally;
  } finally {
    replayer.release();
  }
}
