import { isJsonObject, type JsonObject } from "../../json.ts";
import { type Call, paramsOf } from "../call.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import type { Exchange } from "../protocol/exchange.ts";
import { decide, otherParams, passGate, reject } from "./gate.ts";

/** Answers prompts/get: find the prompt, check its arguments, decide, then ask its target. */
export async function getPrompt(
  call: Call,
  dependencies: GatewayDependencies,
  exchange: Exchange,
): Promise<JsonObject> {
  const startedAt = performance.now();
  const { name, arguments: args = {} } = paramsOf(call.message);
  const shown = typeof name === "string" ? name : "";
  const prompt = call.snapshot.features.prompts.get(shown);
  if (prompt === undefined) {
    const reason = `Unknown prompt: ${shown}`;
    throw await reject(call, { reason, message: reason, prompt: shown }, startedAt, dependencies);
  }

  const subject = { target: prompt.target.name, prompt: prompt.qualifiedName };
  const complaint = isJsonObject(args) ? prompt.argumentsCheck()(args) : "they must be an object";
  if (!isJsonObject(args) || complaint !== undefined) {
    const reason = `Invalid arguments: ${complaint}`;
    const message = `Invalid arguments for prompt ${shown}: ${complaint}.`;
    throw await reject(call, { reason, message, ...subject }, startedAt, dependencies);
  }

  const decided = decide(call, prompt.action, args, dependencies);
  const params = {
    ...otherParams(call.message, ["name", "arguments"]),
    name: prompt.description.name,
    arguments: args,
  };
  const request = { target: prompt.target, noun: "Prompt", subject, params, method: "getPrompt" } as const;
  return passGate(call, request, decided, startedAt, dependencies, exchange);
}
