import * as z from "zod";
import type { ModelAnswer, ModelClient, ModelRequest } from "./model.ts";
import { jsonOf, type OpenAiOptions, openAiEndpoint } from "./openAiEndpoint.ts";

/**
 * A model behind the API of OpenAI's chat completions, which vLLM, Ollama, llama.cpp, LM Studio and most providers speak.
 *
 * @throws {GatehouseError} `validation` as `openAiEndpoint` says.
 */
export function openAiModel(options: OpenAiOptions): ModelClient {
  const { modelId } = options;
  const endpoint = openAiEndpoint(options, "chat/completions");
  return {
    modelId,
    converse: (request) =>
      endpoint.ask(request, bodyOf(request, modelId, endpoint.address), (text) => answerOfCompletion(text)),
  };
}

/** A question as chat completions have it. */
export function bodyOf({ system, messages, maxTokens, temperature }: ModelRequest, model: string, { hostname }: URL) {
  // OpenAI's own reasoning models refuse the older name, which is the only one that many other servers know.
  const limit = hostname === "api.openai.com" ? "max_completion_tokens" : "max_tokens";
  return {
    model,
    messages: [{ role: "system", content: system }, ...messages.map(({ role, text }) => ({ role, content: text }))],
    [limit]: maxTokens,
    ...(temperature === undefined ? {} : { temperature }),
  };
}

const count = z.number().int().nonnegative().catch(0);
const completion = z.object({
  choices: z.tuple(
    [
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    ],
    z.unknown(),
  ),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish().catch(null),
});

/**
 * What a chat completion says.
 * @param empty Whether an answer may have no text.
 * @throws if it is none, or has no text and must have some.
 */
export function answerOfCompletion(text: string, { empty = false } = {}): ModelAnswer {
  const { success, data } = completion.safeParse(jsonOf(text));
  if (!success) throw new Error("its answer is no chat completion");
  const [{ message, finish_reason: reason }] = data.choices;
  const refused = reason === "content_filter" || typeof message.refusal === "string";
  const answer = message.content ?? message.refusal;
  // An answer without text is a call of a tool, for which nobody has asked.
  if (!refused && !empty && typeof answer !== "string") throw new Error("its answer has no text");
  return {
    text: answer ?? "",
    inputTokens: data.usage?.prompt_tokens ?? 0,
    outputTokens: data.usage?.completion_tokens ?? 0,
    stopReason: refused ? "refused" : reason === "length" ? "length" : "end",
  };
}
