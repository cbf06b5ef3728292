import { Worker } from "node:worker_threads";
import type { SolverJob, SolverReply } from "./solverWorker.ts";

/** Runs scripts of SMT-LIB in a thread of its own, one after another. */
export interface Solver {
  /**
   * Runs a script with nothing left of those before it.
   *
   * @param milliseconds After this time the solver is ended, whatever it is doing.
   * @returns What the solver wrote, or why there is no answer. Another script can be run in either case.
   */
  run(script: string, milliseconds: number): Promise<SolverReply>;
  /** Ends the thread. A script that is given afterwards starts another. */
  close(): Promise<void>;
}

/**
 * Where the worker's code is: beside this file as it was written, or beside the bundle that this file is in, where the
 * bundler puts it under the same name.
 */
export function workerUrl(): URL {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "mjs";
  return new URL(`./solverWorker.${extension}`, import.meta.url);
}

/** Starting the thread and loading the solver takes a quarter of a second, and much longer on a busy machine. */
const millisecondsToStart = 30_000;

/**
 * Makes a solver. Its thread starts with the first script and keeps no process alive by itself.
 *
 * @param url The worker's code, if it is not where `workerUrl` says.
 */
export function createSolver(url: URL = workerUrl()): Solver {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const stop = async () => {
    const ending = worker;
    worker = undefined;
    await ending?.terminate();
  };
  const start = (): Worker => {
    // The options of this process, such as a program to run, are none of the worker's.
    const started = new Worker(url, { execArgv: [] });
    // It may fail while nobody waits for it. That must not end the process, and the next script must not be sent to it.
    const forget = () => {
      if (worker === started) worker = undefined;
    };
    return started.on("error", forget).on("exit", forget);
  };
  const runNow = async (script: string, milliseconds: number): Promise<SolverReply> => {
    const starting = worker === undefined;
    worker ??= start();
    const job: SolverJob = { script: `(push)\n${script}\n(pop)\n(echo "${end}")` };
    const reply = checked(await answerOf(worker, job, milliseconds + (starting ? millisecondsToStart : 0)));
    // After a failure nobody knows what the solver is doing or still holds.
    if ("failure" in reply) await stop();
    return reply;
  };

  return {
    run(script, milliseconds) {
      const result = last.then(() => runNow(script, milliseconds));
      last = result.catch(() => undefined);
      return result;
    },
    close: stop,
  };
}

/** Why there is no answer, if the solver had no time for one. */
export const timeIsUp = "the solver's time was up";

const end = "that was all";

/**
 * The solver goes on after an error, with the next command: an answer that comes after one may be about another question.
 * So there must be none, but for the one that there is no model to take values from, and the script must have come to its
 * end.
 */
function checked(reply: SolverReply): SolverReply {
  if ("failure" in reply) return reply;
  const output = reply.output.trimEnd();
  const complaint = /\(error "(?!line \d+ column \d+: model is not available)[^"]*"|^unsupported/m.exec(output);
  if (complaint) return { failure: `the solver did not understand: ${complaint[0]}` };
  if (!output.endsWith(end)) return { failure: "the solver did not come to an end" };
  return { output: output.slice(0, -end.length) };
}

/** Sends a job and waits for the reply, for the worker's end, or for the time to be up. Waiting keeps the process alive. */
function answerOf(worker: Worker, job: SolverJob, milliseconds: number): Promise<SolverReply> {
  const { promise, resolve } = Promise.withResolvers<SolverReply>();
  const failed = (error: Error) => resolve({ failure: error.message });
  const exited = () => resolve({ failure: "the solver has ended" });
  const timer = setTimeout(() => resolve({ failure: timeIsUp }), milliseconds);
  worker.once("message", resolve).once("error", failed).once("exit", exited);
  worker.ref();
  worker.postMessage(job);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off("message", resolve).off("error", failed).off("exit", exited);
    worker.unref();
  });
}
