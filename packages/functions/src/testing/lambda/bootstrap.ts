import http, { type IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { HttpResponseStream, lambdaStream } from "./responseStream.ts";

/*
 * For tests and measurements only: what Lambda's Node runtime does between the Runtime API and a function's handler, as a
 * process of its own. After "Building a custom runtime" and "Using the Lambda runtime API" of the Lambda Developer Guide.
 */

type Handler = (event: unknown, ...rest: unknown[]) => Promise<unknown>;

// Taken before a function's tracing wraps them, as Lambda's own runtime does.
const { Agent, request } = http;
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const streaming = new WeakSet<Handler>();

Object.assign(globalThis, {
  awslambda: {
    HttpResponseStream,
    streamifyResponse(handler: Handler) {
      streaming.add(handler);
      return handler;
    },
  },
});

function call(method: string, path: string, headers: Record<string, string> = {}) {
  const answer = Promise.withResolvers<IncomingMessage>();
  const outgoing = request(`${api}${path}`, { method, agent, headers }, answer.resolve).on("error", answer.reject);
  return { outgoing, answer: answer.promise };
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<void> {
  const { outgoing, answer } = call("POST", path, { "content-type": "application/json", ...headers });
  outgoing.end(JSON.stringify(body ?? null));
  (await answer).resume();
}

function failure(error: unknown) {
  const { name: errorType, message: errorMessage, stack = "" } = error instanceof Error ? error : new Error(`${error}`);
  return { errorType, errorMessage, trace: stack.split("\n") };
}

function report(path: string, error: unknown): Promise<void> {
  const body = failure(error);
  return post(path, body, { "lambda-runtime-function-error-type": body.errorType });
}

async function load(): Promise<Handler> {
  const [file = "", name = ""] = (process.env._HANDLER ?? "").split(".");
  const module = await import(join(process.env.LAMBDA_TASK_ROOT ?? "", `${file}.mjs`));
  return module[name];
}

function contextOf({ headers }: IncomingMessage) {
  const header = (name: string) => String(headers[`lambda-runtime-${name}`] ?? "");
  const clientContext = header("client-context");
  return {
    awsRequestId: header("aws-request-id"),
    invokedFunctionArn: header("invoked-function-arn"),
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Number(header("deadline-ms")) - Date.now(),
    ...(clientContext === "" ? {} : { clientContext: JSON.parse(clientContext) }),
  };
}

async function stream(path: string, handle: (stream: unknown) => Promise<unknown>): Promise<void> {
  const { outgoing, answer } = call("POST", path, {
    "lambda-runtime-function-response-mode": "streaming",
    "transfer-encoding": "chunked",
    trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
  });
  try {
    await handle(lambdaStream(outgoing, (type) => outgoing.setHeader("content-type", type)));
  } catch (error) {
    const body = failure(error);
    outgoing.addTrailers({
      "Lambda-Runtime-Function-Error-Type": body.errorType,
      "Lambda-Runtime-Function-Error-Body": Buffer.from(JSON.stringify(body)).toString("base64"),
    });
  }
  if (!outgoing.writableEnded) outgoing.end();
  (await answer).resume();
}

async function serve(handler: Handler): Promise<void> {
  for (;;) {
    const { outgoing, answer } = call("GET", "/invocation/next");
    outgoing.end();
    const next = await answer;
    const event = JSON.parse(await text(next));
    const context = contextOf(next);
    process.env._X_AMZN_TRACE_ID = String(next.headers["lambda-runtime-trace-id"] ?? "");
    const path = `/invocation/${context.awsRequestId}`;
    if (streaming.has(handler)) {
      await stream(`${path}/response`, (answer) => handler(event, answer, context));
    } else {
      await handler(event, context).then(
        (result) => post(`${path}/response`, result),
        (error: unknown) => report(`${path}/error`, error),
      );
    }
  }
}

const handler = await load().catch(async (error: unknown) => {
  await report("/init/error", error);
  process.exit(1);
});
await serve(handler);
