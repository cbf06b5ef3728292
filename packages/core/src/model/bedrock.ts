import { Readable } from "node:stream";
import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  BedrockRuntimeServiceException,
  ConverseCommand,
  type ConverseCommandOutput,
} from "@aws-sdk/client-bedrock-runtime";
import { HttpResponse } from "@smithy/core/protocols";
import type { MiddlewareStack } from "@smithy/types";
import { refuseOtherThanJson, refuseRedirect, upToLargestAnswer } from "./answerBody.ts";
import { type Attempt, askWithin, type ModelLimits, retryAfterOf } from "./attempts.ts";
import type { ModelAnswer, ModelClient, ModelRequest } from "./model.ts";
import { oneLine } from "./oneLine.ts";
import { ModelRefusal } from "./refusal.ts";

/** A model of Amazon Bedrock. */
export interface BedrockOptions extends ModelLimits {
  /** As {@link bedrockClient} makes it: one that asks again by itself multiplies the attempts. */
  readonly client: BedrockRuntimeClient;
  /** The id or ARN of a model or an inference profile, such as `us.anthropic.claude-sonnet-4-5-20250929-v1:0`. */
  readonly modelId: string;
}

/** Bedrock's client for models. Region, credentials and endpoint come from the environment where they aren't given. */
export function bedrockClient(config: BedrockRuntimeClientConfig = {}): BedrockRuntimeClient {
  return new BedrockRuntimeClient({ ...config, maxAttempts: 1 });
}

/** A model behind Bedrock's Converse API, which is the same for all of its models. */
export function bedrockModel({ client, modelId, ...limits }: BedrockOptions): ModelClient {
  return {
    modelId,
    converse: (request) =>
      askWithin(modelId, request, limits, (signal) =>
        attemptOn(modelId, signal, async () =>
          answerOf(await client.send(commandOf(request, modelId), { abortSignal: signal })),
        ),
      ),
  };
}

/** One attempt: an error of Bedrock's own says whether another is worth it. */
export async function attemptOn<Answer>(
  modelId: string,
  signal: AbortSignal,
  ask: () => Promise<Answer>,
): Promise<Attempt<Answer>> {
  try {
    return { answer: await ask() };
  } catch (error) {
    if (signal.aborted || !(error instanceof BedrockRuntimeServiceException)) throw error;
    return outcomeOf(error, modelId);
  }
}

function commandOf(request: ModelRequest, modelId: string): ConverseCommand {
  const command = new ConverseCommand(inputOf(request, modelId));
  guardAnswerOf(command.middlewareStack);
  return command;
}

/** A question as Converse has it. */
export function inputOf({ system, messages, maxTokens, temperature }: ModelRequest, modelId: string) {
  return {
    modelId,
    system: [{ text: system }],
    messages: messages.map(({ role, text }) => ({ role, content: [{ text }] })),
    inferenceConfig: { maxTokens, ...(temperature === undefined ? {} : { temperature }) },
  };
}

/** Has a command's answer looked at next to the connection, before the SDK reads the whole of it into memory. */
export function guardAnswerOf<Input extends object, Output extends object>(
  middlewareStack: MiddlewareStack<Input, Output>,
): void {
  middlewareStack.add(
    (next) => async (args) => {
      const output = await next(args);
      if (HttpResponse.isInstance(output.response)) guard(output.response);
      return output;
    },
    { step: "deserialize", priority: "low", name: "guardAnswer" },
  );
}

function guard(response: HttpResponse): void {
  const body: Readable = response.body;
  try {
    refuseRedirect(response.statusCode);
    if (response.statusCode < 300) refuseOtherThanJson(response.headers["content-type"]);
  } catch (error) {
    body.destroy();
    throw error;
  }
  response.body = Readable.from(upToLargestAnswer(body));
}

/** Errors that only say that there is too much to do just now. A model that is not ready is being loaded. */
const busy: ReadonlySet<string> = new Set(["ThrottlingException", "ModelNotReadyException"]);

function outcomeOf(error: BedrockRuntimeServiceException, modelId: string): Attempt<never> {
  const { httpStatusCode: status = 0 } = error.$metadata;
  // Only the first line: below it, AWS repeats what was signed, with the session's token.
  const reason = `${error.name}: ${oneLine(error.message)}`;
  const retry = retryAfterOf(error.$response?.headers["retry-after"]);
  if (status === 429 || busy.has(error.name)) return { busy: reason, code: "throttled", ...retry };
  if (status >= 500) return { busy: reason, code: "internal", ...retry };
  throw new ModelRefusal(modelId, reason, error.message);
}

function answerOf({ output, stopReason, usage }: ConverseCommandOutput): ModelAnswer {
  const end = stopReasonOf(stopReason);
  const content = output?.message?.content;
  if (end !== "refused" && (content === undefined || !content.some(({ text }) => text !== undefined))) {
    throw new Error("its answer has no text");
  }
  return {
    text: (content ?? []).map(({ text = "" }) => text).join(""),
    inputTokens: usage?.inputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    stopReason: end,
  };
}

/** What Converse's reason for the end of an answer is to us. */
export function stopReasonOf(stopReason: ConverseCommandOutput["stopReason"]): ModelAnswer["stopReason"] {
  if (stopReason === "content_filtered" || stopReason === "guardrail_intervened") return "refused";
  return stopReason === "max_tokens" || stopReason === "model_context_window_exceeded" ? "length" : "end";
}
