import { parentPort, workerData } from "node:worker_threads";
import { callsIn, type Lines } from "./lines.ts";
import { createReplayer, type Replayed } from "./replayer.ts";
import type { Tally } from "./tally.ts";

/** What a worker is sent: lines, and at the end that there are no more. */
export type ToWorker = Lines | "finish";

/** What a worker answers: how many calls it has replayed of some lines, and at the end what it has counted. */
export type FromWorker = { readonly calls: number } | { readonly tally: Tally };

/** A thread of `replayFile`: counts the lines that it is sent. */
const replayer = createReplayer(workerData as Replayed); // As startThread gives it.

parentPort?.on("message", (message: ToWorker) => {
  if (message === "finish") {
    parentPort?.postMessage({ tally: replayer.tally } satisfies FromWorker);
    parentPort?.close();
    return;
  }
  const before = replayer.tally.calls;
  for (const call of callsIn(message)) replayer.add(call);
  parentPort?.postMessage({ calls: replayer.tally.calls - before } satisfies FromWorker);
});
