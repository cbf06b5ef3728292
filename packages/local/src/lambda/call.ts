import { randomUUID } from "node:crypto";
import { type AfterAnswer, afterAnswer, clientGone } from "@gatehouse/functions/http.ts";
import { type LambdaContext, type LambdaFunction, type Place, TaskTimedOut } from "./handler.ts";

/** What a handler is told of its caller. */
export interface Caller {
  readonly clientContext?: unknown;
  /** Aborts when the caller doesn't wait any more. */
  readonly gone?: AbortSignal | undefined;
  /** Takes what is to be done once the caller has its answer. */
  readonly afterwards?: AfterAnswer | undefined;
}

/**
 * Calls a handler as Lambda does and answers with what it returned.
 * @throws whatever the handler throws, and `TaskTimedOut` after the function's time-out. A handler can't be ended from
 * outside within one process: after a time-out it runs on, unheard.
 */
export async function callLambda(
  fn: LambdaFunction,
  event: unknown,
  place: Place,
  caller: Caller = {},
): Promise<unknown> {
  const context = contextOf(fn, place, caller);
  // The topology says which event the function takes; see LambdaHandler.
  const handler = fn.handler as (event: unknown, context: LambdaContext) => unknown;
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new TaskTimedOut(`Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds`)),
    fn.timeoutSeconds * 1000,
  );
  try {
    return await Promise.race([call(handler, event, context), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The name under which a function is known to Lambda. */
export function functionArn(name: string, { region, accountId }: Place): string {
  return `arn:aws:lambda:${region}:${accountId}:function:${name}`;
}

async function call(
  handler: (event: unknown, context: LambdaContext) => unknown,
  event: unknown,
  context: LambdaContext,
) {
  return handler(event, context);
}

function contextOf(fn: LambdaFunction, place: Place, { clientContext, gone, afterwards }: Caller): LambdaContext {
  const awsRequestId = randomUUID();
  const deadline = Date.now() + fn.timeoutSeconds * 1000;
  return {
    awsRequestId,
    callbackWaitsForEmptyEventLoop: false,
    functionName: fn.name,
    functionVersion: "$LATEST",
    invokedFunctionArn: functionArn(fn.name, place),
    memoryLimitInMB: String(fn.memoryMegabytes),
    logGroupName: `/aws/lambda/${fn.name}`,
    logStreamName: "local",
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    ...(clientContext === undefined ? {} : { clientContext }),
    ...(gone === undefined ? {} : { [clientGone]: gone }),
    ...(afterwards === undefined ? {} : { [afterAnswer]: afterwards }),
  };
}
