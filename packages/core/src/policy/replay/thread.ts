import { Worker } from "node:worker_threads";
import type { Lines } from "./lines.ts";
import type { Replayed } from "./replayer.ts";
import type { Tally } from "./tally.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

/** A thread that replays what it is given. */
export interface Thread {
  /** Takes the lines away from the caller. @returns how many calls they held. */
  replay(lines: Lines): Promise<number>;
  /** What it has counted; it can't be given more. */
  finish(): Promise<Tally>;
  /** Ends it, whatever it is doing. */
  stop(): Promise<void>;
}

/** Starts a thread. Its methods reject when it ends of itself. */
export function startThread(replayed: Replayed): Thread {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: replayed });
  // It answers in the order in which it is asked.
  const waiting: PromiseWithResolvers<FromWorker>[] = [];
  const fail = (error: unknown) => {
    for (const one of waiting.splice(0)) one.reject(error);
  };
  worker.on("message", (message: FromWorker) => waiting.shift()?.resolve(message));
  worker.on("messageerror", fail);
  worker.on("error", fail);
  worker.on("exit", () => fail(new Error("A thread of the replay has ended before its work was done.")));

  async function ask(message: ToWorker, transferred: readonly ArrayBuffer[] = []): Promise<FromWorker> {
    const answer = Promise.withResolvers<FromWorker>();
    waiting.push(answer);
    worker.postMessage(message, transferred);
    return answer.promise;
  }

  return {
    async replay(lines) {
      const answer = await ask(lines, lines.bytes === null ? [] : [lines.bytes.buffer]);
      return "calls" in answer ? answer.calls : 0;
    },
    async finish() {
      const answer = await ask("finish");
      if ("tally" in answer) return answer.tally;
      throw new Error("A thread of the replay has answered something else than its counts.");
    },
    async stop() {
      await worker.terminate();
    },
  };
}
