import * as z from "zod";
import { GatehouseError } from "../errors.ts";
import { refuseOtherThanJson, refuseRedirect, upToLargestAnswer } from "./answerBody.ts";
import { type Attempt, askWithin, type ModelLimits, retryAfterOf } from "./attempts.ts";
import { oneLine } from "./oneLine.ts";
import { ModelRefusal } from "./refusal.ts";

/** Where an OpenAI-compatible model is. */
export interface OpenAiOptions extends ModelLimits {
  /** What the path of the API is appended to, such as `https://api.openai.com/v1` or `http://127.0.0.1:11434/v1`. */
  readonly url: string;
  /** Sent as a bearer token, to the origin of `url` and nowhere else. */
  readonly apiKey?: string;
  readonly modelId: string;
  readonly fetch?: typeof fetch;
}

/** One path of an OpenAI-compatible API. */
export interface OpenAiEndpoint {
  readonly address: URL;
  /**
   * Posts a body and reads the answer; again where the model is only busy.
   * @param read makes an answer of a body that is JSON, or throws where it is another.
   * @throws {GatehouseError} as `askWithin` says.
   */
  ask<Answer>(
    request: { readonly signal?: AbortSignal },
    body: unknown,
    read: (text: string) => Answer,
  ): Promise<Answer>;
}

/**
 * The operator of the process has named the address, as they have named its database: it may be on loopback or in a
 * private network, and the guard for addresses that users of the API configure (egress.ts) has no say in it.
 *
 * @throws {GatehouseError} `validation` if the address or the key can't be used, or the key would travel unencrypted.
 */
export function openAiEndpoint(
  { url, apiKey, modelId, fetch: send = fetch, ...limits }: OpenAiOptions,
  path: string,
): OpenAiEndpoint {
  const address = addressOf(url, apiKey, path);
  const headers = {
    accept: "application/json",
    "content-type": "application/json",
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  const hide = (text: string) => (apiKey === undefined ? text : text.replaceAll(apiKey, "[the API key]"));

  async function attempt<Answer>(
    body: string,
    read: (text: string) => Answer,
    signal: AbortSignal,
  ): Promise<Attempt<Answer>> {
    const response = await send(address, { method: "POST", headers, body, signal, redirect: "manual" });
    const text = await textOf(response);
    refuseRedirect(response.status);
    if (response.ok) {
      refuseOtherThanJson(response.headers.get("content-type"));
      return { answer: read(text) };
    }
    const reason = `${response.status} ${oneLine(hide(reasonOf(text)))}`.trim();
    const retry = retryAfterOf(response.headers.get("retry-after"));
    if (response.status === 429) return { busy: reason, code: "throttled", ...retry };
    if (response.status >= 500) return { busy: reason, code: "internal", ...retry };
    throw new ModelRefusal(modelId, reason, text);
  }

  return {
    address,
    ask: (request, body, read) =>
      askWithin(modelId, request, limits, (signal) => attempt(JSON.stringify(body), read, signal)),
  };
}

const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/;

function addressOf(url: string, apiKey: string | undefined, path: string): URL {
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
  return new URL(`${base.href.replace(/\/+$/, "")}/${path}`);
}

async function textOf({ body }: Response): Promise<string> {
  if (body === null) return "";
  return Buffer.concat(await Array.fromAsync(upToLargestAnswer(body))).toString("utf8");
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

/** The value of a JSON text; undefined for any other. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
