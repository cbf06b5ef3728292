import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { untilAborted } from "../../abort.ts";
import { messageOf } from "../../errors.ts";
import { isJsonObject } from "../../json.ts";
import type { ConfiguredInterceptor } from "./configuration.ts";

/** Runs an interceptor's function: JSON text in, JSON text out. @throws InterceptorError */
export type InvokeInterceptor = (interceptor: ConfiguredInterceptor, payload: string) => Promise<string>;

/** An interceptor that did not do its part. The message is for administrators. */
export class InterceptorError extends Error {
  override readonly name = "InterceptorError";
}

/** Lambda's bound of a synchronous payload, in either direction. */
export const maxPayloadBytes = 6 * 1024 * 1024;
/** What an interceptor says of its failure may be anything, and ends in the ledger. */
const maxMessageLength = 500;

/** Interceptors that are Lambda functions. Each is called once: whether it may be called again is not known. */
export function lambdaInterceptors(lambda: LambdaClient): InvokeInterceptor {
  return async (interceptor, payload) => {
    const { arn, timeoutMilliseconds } = interceptor;
    if (Buffer.byteLength(payload) > maxPayloadBytes) {
      throw new InterceptorError(`${arn} was not invoked: its payload would be larger than ${maxPayloadBytes} bytes.`);
    }
    const signal = AbortSignal.timeout(timeoutMilliseconds);
    const late = `${arn} did not answer within ${timeoutMilliseconds / 1_000} seconds.`;
    const sent = lambda.send(new InvokeCommand({ FunctionName: arn, Payload: payload }), { abortSignal: signal });
    // Not every way to a function can be cut off: whoever does not hear of the end of time is left behind.
    const response = await untilAborted(sent, signal).catch((error: unknown) => {
      throw new InterceptorError(signal.aborted ? late : `${arn} could not be invoked: ${messageOf(error)}`, {
        cause: error,
      });
    });
    if (response.FunctionError !== undefined) {
      throw new InterceptorError(`${arn} failed: ${errorMessageIn(response.Payload?.transformToString() ?? "")}`);
    }
    if ((response.Payload?.length ?? 0) > maxPayloadBytes) {
      throw new InterceptorError(`${arn} answered with more than ${maxPayloadBytes} bytes.`);
    }
    return response.Payload?.transformToString() ?? "";
  };
}

function errorMessageIn(text: string): string {
  const message = readErrorMessage(text) ?? text;
  return message.slice(0, maxMessageLength);
}

function readErrorMessage(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && typeof value.errorMessage === "string" ? value.errorMessage : undefined;
  } catch {
    return undefined;
  }
}
