import type { Json, JsonObject } from "../../json.ts";
import { type Call, paramsOf } from "../call.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import type { Exchange } from "../protocol/exchange.ts";
import { freshMilliseconds } from "../snapshot.ts";
import { decide, otherParams, passGate, reject } from "./gate.ts";
import { uriComplaint } from "./uri.ts";

/**
 * Answers resources/read: find whose the URI is, decide about it, then ask its target. A target may have resources that it
 * does not list, those of a template or of a link in a tool's answer; which of them may be read is for policy to say.
 */
export async function readResource(
  call: Call,
  dependencies: GatewayDependencies,
  exchange: Exchange,
): Promise<JsonObject> {
  const result = await passResource(call, "readResource", dependencies, exchange);
  const { ttlMs, cacheScope: _, ...rest } = result;
  // Only in 2026-07-28 there is anything to say of it, and what isn't complete is for nobody to keep.
  const isKept = exchange.era === "modern" && (result.resultType ?? "complete") === "complete";
  return isKept ? { ...rest, ttlMs: timeToLive(ttlMs), cacheScope: "private" } : rest;
}

/**
 * Answers resources/subscribe and resources/unsubscribe of the older versions, decided like a reading: what has changed could
 * be told in a session alone, which there is none of, so that all there is to do is to acknowledge it. A client that reads
 * again finds out; what subscriptions can't bring is not declared as a capability.
 */
export function subscribeResource(
  call: Call,
  dependencies: GatewayDependencies,
  exchange: Exchange,
): Promise<JsonObject> {
  return passResource(call, undefined, dependencies, exchange);
}

/** Finds whose the URI of a request is, decides about it, and passes it on, where there is something to ask its target. */
async function passResource(
  call: Call,
  method: "readResource" | undefined,
  dependencies: GatewayDependencies,
  exchange: Exchange,
): Promise<JsonObject> {
  const startedAt = performance.now();
  const { uri } = paramsOf(call.message);
  const resource = typeof uri === "string" ? call.snapshot.features.locate(uri) : undefined;
  if (resource === undefined) {
    const message = typeof uri === "string" ? "Resource not found" : "The parameter uri must be a string.";
    throw await reject(call, { reason: message, message }, startedAt, dependencies);
  }

  const { target, action, isListed } = resource;
  // A URI that its target lists is a name. Any other may hold what only arguments hold, and is kept where they are.
  const subject = { target: target.name, ...(isListed ? { resource: resource.uri } : {}) };
  const complaint = uriComplaint(resource.uri);
  if (complaint !== undefined) {
    const message = `The URI cannot be read: ${complaint}.`;
    throw await reject(call, { reason: "The URI is not in normal form", message, ...subject }, startedAt, dependencies);
  }

  const decided = decide(call, action, { uri: resource.uri }, dependencies);
  const params = { ...otherParams(call.message, ["uri"]), uri: resource.uri };
  const request = { target, noun: "Resource", subject, params, ...(method === undefined ? {} : { method }) };
  return passGate(call, request, decided, startedAt, dependencies, exchange);
}

/** As long as the target says, and no longer than a change of policy may take to show. */
function timeToLive(ttlMs: Json | undefined): number {
  return typeof ttlMs === "number" && ttlMs > 0 ? Math.min(ttlMs, freshMilliseconds) : 0;
}
