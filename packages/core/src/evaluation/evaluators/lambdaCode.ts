import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { messageOf } from "../../errors.ts";
import { isJsonObject } from "../../json.ts";
import type { InvokeCode } from "./codeBased.ts";

/** What a function says of its failure may be anything, and ends in a result. */
const maxMessageLength = 500;

/** Code-based evaluators that are Lambda functions. */
export function lambdaCode(lambda: LambdaClient): InvokeCode {
  return async (functionName, payload, signal) => {
    const { FunctionError, Payload } = await lambda
      .send(new InvokeCommand({ FunctionName: functionName, Payload: payload }), { abortSignal: signal })
      .catch((error: unknown) => {
        throw new Error(`${functionName} could not be invoked: ${messageOf(error)}`, { cause: error });
      });
    const text = Payload?.transformToString() ?? "";
    if (FunctionError !== undefined) throw new Error(`${functionName} failed: ${errorMessageIn(text)}`);
    return text;
  };
}

function errorMessageIn(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value) && typeof value.errorMessage === "string")
      return value.errorMessage.slice(0, maxMessageLength);
  } catch {
    // What isn't JSON is said as it is.
  }
  return text.slice(0, maxMessageLength);
}
