import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecordedCall, Unreplayable } from "./recordedCall.ts";
import { createReplayer, type Replayed } from "./replayer.ts";
import { type ReplayReport, reportOf } from "./report.ts";

/** How far a replay is. */
export interface ReplayProgress {
  readonly calls: number;
}

export interface ReplayOptions extends Replayed {
  readonly calls: AsyncIterable<RecordedCall | Unreplayable>;
  /** Told about every thousand calls. */
  readonly onProgress?: ((progress: ReplayProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Deciding so many calls takes some 50 ms: then others have their turn. */
const callsATurn = 1_000;

/**
 * Replays recorded calls against policies, and reports which of them would be decided otherwise.
 *
 * Policies that can't be read, or aren't valid, deny as they do in a gateway: who wants to hear of that first validates them.
 *
 * @throws what the calls throw, and the signal's reason when it is aborted.
 */
export async function replay({ calls, onProgress, signal, ...replayed }: ReplayOptions): Promise<ReplayReport> {
  signal?.throwIfAborted();
  const replayer = createReplayer(replayed);
  try {
    let added = 0;
    for await (const call of calls) {
      replayer.add(call);
      added += 1;
      if (added % callsATurn !== 0) continue;
      onProgress?.({ calls: added });
      await nextTurn();
      signal?.throwIfAborted();
    }
    return reportOf(replayer.tally);
  } finally {
    replayer.release();
  }
}
