import type { Context } from "aws-lambda";

/**
 * A Lambda handler of any kind. Which event it takes is known to the topology, not to the compiler, so its parameters
 * accept nothing here and `callLambda` is the one place that calls it.
 */
export type LambdaHandler = (event: never, context: never, ...rest: never[]) => unknown;

/** What a handler is told about its invocation: Lambda's context without the callbacks of Node 0.10. */
export type LambdaContext = Omit<Context, "done" | "fail" | "succeed" | "clientContext"> & {
  /** What the caller sent as X-Amz-Client-Context, parsed and otherwise untouched, as Lambda hands it on. */
  readonly clientContext?: unknown;
};

/** Where Lambda functions appear to live. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** A handler with its bounds. */
export interface LambdaFunction {
  readonly name: string;
  readonly handler: LambdaHandler;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
}

/** A handler took longer than its function may. */
export class TaskTimedOut extends Error {
  // The name Lambda gives as `errorType`.
  override readonly name = "Sandbox.Timedout";
}

/** The handler that a module exports. @throws Error when it exports none. */
export function handlerOf(module: unknown, file: string): LambdaHandler {
  const handler = typeof module === "object" && module !== null && "handler" in module ? module.handler : undefined;
  if (typeof handler !== "function") throw new Error(`${file} exports no function named "handler".`);
  // Checked above as far as it can be: a function's parameters aren't visible at run time.
  return handler as LambdaHandler;
}
