import { type ExecutionEnvironment, startEnvironment, type UploadedFunction } from "./environment.ts";

/** A function with as many execution environments as it has invocations at a time, as Lambda runs it. */
export interface RunningFunction {
  invoke(event: unknown, clientContext?: unknown): Promise<unknown>;
  readonly environments: readonly ExecutionEnvironment[];
  stop(): Promise<void>;
}

/** Runs a function in processes of its own. Where none is idle, an invocation starts one: a cold start. */
export function runFunction(fn: UploadedFunction, onOutput?: (line: string) => void): RunningFunction {
  const environments: ExecutionEnvironment[] = [];
  const starting = new Set<Promise<unknown>>();

  async function start(): Promise<void> {
    environments.push(await startEnvironment(fn, onOutput));
  }

  return {
    environments,
    async invoke(event, clientContext) {
      for (;;) {
        const idle = environments.find((environment) => environment.idle);
        if (idle !== undefined) return idle.invoke(event, clientContext);
        const started = start();
        starting.add(started);
        await started.finally(() => starting.delete(started));
      }
    },
    async stop() {
      await Promise.allSettled(starting);
      await Promise.all(environments.map((environment) => environment.stop()));
    },
  };
}
