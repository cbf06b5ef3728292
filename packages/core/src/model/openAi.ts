import { z } from "zod";
import { GatehouseError } from "../errors.ts";
import { refuseOtherThanJson, refuseRedirect, upToLargestAnswer } from "./answerBody.ts";
import { type Attempt, askWithin, type ModelLimits, retryAfterOf } from "./attempts.ts";
import type { ModelAnswer, ModelClient, ModelRequest } from "./model.ts";
import { oneLine } from "./oneLine.ts";

/** Where an OpenAI-compatible model is. */
export interface OpenAiOptions extends ModelLimits {
  /** What `/chat/completions` is appended to, such as `https://api.openai.com/v1` or `http://127.0.0.1:11434/v1`. */
  readonly url: string;
  /** Sent as a bearer token, to the origin of `url` and nowhere else. */
  readonly apiKey?: string;
  readonly modelId: string;
  readonly fetch?: typeof fetch;
}

/**
 * A model behind the API of OpenAI's chat completions, which vLLM, Ollama, llama.cpp, LM Studio and most providers speak.
 *
 * The operator of the process has named the address, as they have named its database: it may be on loopback or in a
 * private network, and the guard for addresses that users of the API configure (egress.ts) has no say in it.
 *
 * @throws {GatehouseError} `validation` if the address or the key can't be used, or the key would travel unencrypted.
 */
export function openAiModel({ url, apiKey, modelId, fetch: send = fetch, ...limits }: OpenAiOptions): ModelClient {
  const address = endpointOf(url, apiKey);
  const headers = {
    accept: "application/json",
    "content-type": "application/json",
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  const hide = (text: string) => (apiKey === undefined ? text : text.replaceAll(apiKey, "[the API key]"));

  async function attempt(request: ModelRequest, signal: AbortSignal): Promise<Attempt> {
    const body = JSON.stringify(bodyOf(request, modelId, address));
    const response = await send(address, { method: "POST", headers, body, signal, redirect: "manual" });
    const text = await textOf(response);
    refuseRedirect(response.status);
    if (response.ok) {
      refuseOtherThanJson(response.headers.get("content-type"));
      return { answer: answerOf(text) };
    }
    const reason = `${response.status} ${oneLine(hide(reasonOf(text)))}`.trim();
    const retry = retryAfterOf(response.headers.get("retry-after"));
    if (response.status === 429) return { busy: reason, code: "throttled", ...retry };
    if (response.status >= 500) return { busy: reason, code: "internal", ...retry };
    throw new GatehouseError("internal", `The model ${modelId} refuses the request: ${reason}.`);
  }

  return {
    modelId,
    converse: (request) => askWithin(modelId, request, limits, (signal) => attempt(request, signal)),
  };
}

const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/;

function endpointOf(url: string, apiKey: string | undefined): URL {
  const base = URL.parse(url);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new GatehouseError("validation", "The model's address must be an http or https URL.");
  }
  if (base.username !== "" || base.password !== "" || base.search !== "" || base.hash !== "") {
    throw new GatehouseError("validation", "The model's address must have neither credentials nor a query.");
  }
  // An invalid header would be refused later, by an error that shows it; a key with quotes would be hidden from no JSON.
  if (apiKey !== undefined && !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(apiKey)) {
    throw new GatehouseError("validation", "The model's API key must be printable ASCII without spaces and quotes.");
  }
  if (apiKey !== undefined && base.protocol === "http:" && !loopback.test(base.hostname)) {
    throw new GatehouseError("validation", "A model with an API key must be reached by https, or on loopback.");
  }
  return new URL(`${base.href.replace(/\/+$/, "")}/chat/completions`);
}

function bodyOf({ system, messages, maxTokens, temperature }: ModelRequest, model: string, { hostname }: URL) {
  // OpenAI's own reasoning models refuse the older name, which is the only one that many other servers know.
  const limit = hostname === "api.openai.com" ? "max_completion_tokens" : "max_tokens";
  return {
    model,
    messages: [{ role: "system", content: system }, ...messages.map(({ role, text }) => ({ role, content: text }))],
    [limit]: maxTokens,
    ...(temperature === undefined ? {} : { temperature }),
  };
}

async function textOf({ body }: Response): Promise<string> {
  if (body === null) return "";
  return Buffer.concat(await Array.fromAsync(upToLargestAnswer(body))).toString("utf8");
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

function answerOf(text: string): ModelAnswer {
  const { success, data } = completion.safeParse(jsonOf(text));
  if (!success) throw new Error("its answer is no chat completion");
  const [{ message, finish_reason: reason }] = data.choices;
  const refused = reason === "content_filter" || typeof message.refusal === "string";
  const answer = message.content ?? message.refusal;
  // An answer without text is a call of a tool, for which nobody has asked.
  if (!refused && typeof answer !== "string") throw new Error("its answer has no text");
  return {
    text: answer ?? "",
    inputTokens: data.usage?.prompt_tokens ?? 0,
    outputTokens: data.usage?.completion_tokens ?? 0,
    stopReason: refused ? "refused" : reason === "length" ? "length" : "end",
  };
}

const failure = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ error: z.string() }).transform(({ error }) => error),
  z.object({ message: z.string() }).transform(({ message }) => message),
]);

/** What an error's body says, or its text where it is no JSON. */
function reasonOf(text: string): string {
  return failure.safeParse(jsonOf(text)).data ?? text;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
