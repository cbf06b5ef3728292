import { randomUUID } from "node:crypto";
import { messageOf } from "@gatehouse/core/errors.ts";
import { callLambda, functionArn } from "../lambda/call.ts";
import type { LambdaFunction, Place } from "../lambda/handler.ts";
import type { Lambdas } from "./lambdas.ts";

/** Lambda's bounds: 6 MB for a payload in either direction, 3,583 bytes for the client context as it is sent. */
export const payloadLimit = 6 * 1024 * 1024;
const clientContextLimit = 3_583;

export interface InvokeRequest {
  /** A name, a partial ARN (`123456789012:function:name`) or an ARN, with or without a qualifier. */
  readonly functionName: string;
  readonly invocationType: string;
  /** JSON in base64. */
  readonly clientContext: string | undefined;
  readonly payload: string;
}

/** An answer in restJson1, ready to be written. */
export interface InvokeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Invoke = (request: InvokeRequest) => Promise<InvokeAnswer>;

/** Lambda's Invoke over the functions of the registry. It never throws: a function's error is an answer, as on AWS. */
export function createInvoke(lambdas: Lambdas, place: Place, log: (line: string) => void): Invoke {
  return async ({ functionName, invocationType, clientContext, payload }) => {
    const name = nameIn(functionName);
    const load = lambdas.get(name);
    if (load === undefined) {
      return failed(404, "ResourceNotFoundException", `Function not found: ${functionArn(name, place)}`);
    }
    const event = parse(payload === "" ? "{}" : payload);
    if (event === undefined) {
      return failed(400, "InvalidRequestContentException", "Could not parse request body into json.");
    }
    const context = decodeContext(clientContext);
    if (context === "invalid") {
      return failed(
        400,
        "InvalidParameterValueException",
        "The client context must be JSON in base64, at most 3583 bytes.",
      );
    }
    const run = async () => answer(await load(), event.value, place, context?.value);
    if (invocationType === "DryRun") return accepted(204);
    if (invocationType !== "Event") return run().catch(crashed);
    void run().then(
      ({ headers, body }) => {
        if ("X-Amz-Function-Error" in headers) log(`The function "${name}" failed: ${body}`);
      },
      (error: unknown) => log(`The function "${name}" can't be loaded: ${messageOf(error)}`),
    );
    return accepted(202);
  };
}

async function answer(fn: LambdaFunction, event: unknown, place: Place, context: unknown): Promise<InvokeAnswer> {
  try {
    const body = JSON.stringify((await callLambda(fn, event, place, { clientContext: context })) ?? null) ?? "null";
    if (Buffer.byteLength(body) > payloadLimit) {
      throw new RangeError(`Response payload size exceeded maximum allowed payload size (${payloadLimit} bytes).`);
    }
    return { status: 200, headers: { "X-Amz-Executed-Version": "$LATEST" }, body };
  } catch (error) {
    return crashed(error);
  }
}

/** What Lambda's Node runtime answers for an error that the handler throws. */
function crashed(error: unknown): InvokeAnswer {
  const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: undefined };
  const body = { errorType: name, errorMessage: messageOf(error), trace: stack?.split("\n") ?? [] };
  return {
    status: 200,
    headers: { "X-Amz-Executed-Version": "$LATEST", "X-Amz-Function-Error": "Unhandled" },
    body: JSON.stringify(body),
  };
}

function accepted(status: 202 | 204): InvokeAnswer {
  return { status, headers: {}, body: "" };
}

/** An error of the API, as Lambda words it. */
export function failed(status: number, type: string, message: string): InvokeAnswer {
  return {
    status,
    headers: { "x-amzn-ErrorType": type, "x-amzn-RequestId": randomUUID() },
    body: JSON.stringify({ Type: "User", Message: message, message }),
  };
}

function nameIn(nameOrArn: string): string {
  const parts = nameOrArn.split(":");
  const at = parts.indexOf("function");
  return (at === -1 ? parts[0] : parts[at + 1]) ?? "";
}

function decodeContext(header: string | undefined): { value: unknown } | "invalid" | undefined {
  if (header === undefined) return undefined;
  if (header.length > clientContextLimit) return "invalid";
  return parse(Buffer.from(header, "base64").toString("utf8")) ?? "invalid";
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
