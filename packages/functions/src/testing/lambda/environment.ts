import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { delimiter } from "./responseStream.ts";

/** A function as Lambda has it: its code, and what it is told. */
export interface UploadedFunction {
  readonly name: string;
  /** The folder with `index.mjs`. */
  readonly folder: string;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  /** Its own environment variables; those that Lambda sets come besides. */
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  readonly accountId: string;
  /** The bundled `bootstrap.ts`. */
  readonly bootstrap: string;
}

/** One execution environment: a process that takes one invocation at a time. */
export interface ExecutionEnvironment {
  readonly pid: number;
  /** From the start of the process to its first request for an invocation. */
  readonly initMilliseconds: number;
  /** True while it can take an invocation. */
  readonly idle: boolean;
  /** @throws Error with the function's own error type and message, and where the process has ended or takes too long. */
  invoke(event: unknown, clientContext?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

interface Invocation {
  readonly id: string;
  readonly event: string;
  readonly clientContext: unknown;
  readonly done: PromiseWithResolvers<unknown>;
}

const prefix = "/2018-06-01/runtime";

/**
 * Starts a function in a process of its own, behind a Runtime API of its own.
 * @param onOutput told of every line that the function logs.
 * @throws Error of the function, where it doesn't start.
 */
export async function startEnvironment(
  fn: UploadedFunction,
  onOutput: (line: string) => void = () => {},
): Promise<ExecutionEnvironment> {
  const ready = Promise.withResolvers<void>();
  let waiting: ServerResponse | undefined;
  let current: Invocation | undefined;

  function hand(): void {
    if (waiting === undefined || current === undefined) return;
    const { id, event, clientContext } = current;
    waiting.writeHead(200, {
      "lambda-runtime-aws-request-id": id,
      "lambda-runtime-deadline-ms": String(Date.now() + fn.timeoutSeconds * 1_000),
      "lambda-runtime-invoked-function-arn": `arn:aws:lambda:${fn.region}:${fn.accountId}:function:${fn.name}`,
      "lambda-runtime-trace-id": traceId(),
      ...(clientContext === undefined ? {} : { "lambda-runtime-client-context": JSON.stringify(clientContext) }),
    });
    waiting.end(event);
    waiting = undefined;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").slice(prefix.length);
    if (path === "/invocation/next") {
      waiting = response;
      ready.resolve();
      return hand();
    }
    const body = await buffer(request);
    response.writeHead(202).end("{}");
    if (path === "/init/error") return ready.reject(errorOf(body));
    const { done } = current ?? {};
    current = undefined;
    if (path.endsWith("/error")) return done?.reject(errorOf(body));
    const failed = request.trailers["lambda-runtime-function-error-body"];
    if (failed !== undefined) return done?.reject(errorOf(Buffer.from(failed, "base64")));
    done?.resolve(resultOf(request, body));
  }

  const server = createServer((request, response) => void answer(request, response).catch(ready.reject));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo; // It listens on a port.
  const startedAt = performance.now();
  const child = spawnRuntime(fn, port);
  const ended = once(child, "exit").then(([code, signal]) => {
    const error = new Error(`The runtime of ${fn.name} has ended (${signal ?? code}).`);
    ready.reject(error);
    current?.done.reject(error);
    current = undefined;
    server.close();
    server.closeAllConnections();
  });
  follow(child, onOutput);
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  await ready.promise.catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const initMilliseconds = performance.now() - startedAt;

  return {
    pid: child.pid ?? 0,
    initMilliseconds,
    get idle() {
      return current === undefined && child.exitCode === null && child.signalCode === null;
    },
    async invoke(event, clientContext) {
      if (current !== undefined) throw new Error("An execution environment takes one invocation at a time.");
      const done = Promise.withResolvers<unknown>();
      current = { id: randomUUID(), event: JSON.stringify(event ?? null), clientContext, done };
      // Lambda ends the whole environment of a function that takes too long.
      const timer = setTimeout(() => {
        done.reject(new Error(`Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds`));
        child.kill("SIGKILL");
      }, fn.timeoutSeconds * 1_000);
      hand();
      return done.promise.finally(() => clearTimeout(timer));
    },
    stop,
  };
}

/** The variables that Lambda sets (Lambda Developer Guide, "Defined runtime environment variables"), and the function's. */
function spawnRuntime(fn: UploadedFunction, port: number): ChildProcess {
  const env = {
    PATH: process.env.PATH,
    TZ: ":UTC",
    ...fn.environment,
    _HANDLER: "index.handler",
    LAMBDA_TASK_ROOT: fn.folder,
    AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMegabytes),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "local",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_REGION: fn.region,
  };
  // As Lambda starts it, with as much of the memory for the heap as Lambda leaves.
  const heap = `--max-old-space-size=${Math.floor(fn.memoryMegabytes * 0.9)}`;
  return spawn(process.execPath, [heap, fn.bootstrap], { cwd: fn.folder, env, stdio: ["ignore", "pipe", "pipe"] });
}

function follow({ stdout, stderr }: ChildProcess, onOutput: (line: string) => void): void {
  for (const stream of [stdout, stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onOutput(line);
    });
  }
}

/** What Lambda and API Gateway make of an answer: a streamed one comes with its status and headers in front. */
function resultOf({ headers }: IncomingMessage, body: Buffer): unknown {
  if (headers["lambda-runtime-function-response-mode"] !== "streaming") return JSON.parse(body.toString());
  const end = body.indexOf(delimiter);
  if (!headers["content-type"]?.includes("http-integration-response") || end === -1) {
    throw new Error("API Gateway answers 502 to a stream without status and headers.");
  }
  return { ...JSON.parse(body.subarray(0, end).toString()), body: body.subarray(end + delimiter.length).toString() };
}

function errorOf(body: Buffer): Error {
  const { errorType, errorMessage, trace } = JSON.parse(body.toString());
  return Object.assign(new Error(errorMessage), { name: errorType, stack: trace?.join("\n") });
}

/** An X-Ray trace header of a sampled trace. */
function traceId(): string {
  const time = Math.floor(Date.now() / 1_000).toString(16);
  return `Root=1-${time}-${randomBytes(12).toString("hex")};Parent=${randomBytes(8).toString("hex")};Sampled=1`;
}
