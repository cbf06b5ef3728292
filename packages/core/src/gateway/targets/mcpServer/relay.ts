import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { messageOf } from "../../../errors.ts";
import { sessionOwnerOf } from "../../../identity/principal.ts";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import { protocolError } from "../../refusals.ts";
import type { RequestStates, StateBinding } from "../../requestStates.ts";
import type { TargetCredential } from "../credentials/credential.ts";
import { TargetError, TargetRefusal, type TargetRequest } from "../target.ts";
import { refuseUndeclaredInput } from "./inputRequests.ts";
import { capabilitiesOf, passedOn } from "./params.ts";
import { UpstreamRefusal } from "./post.ts";
import type { Upstreams } from "./upstream.ts";

/** A request on its way to a server, with what makes it this very one where its answer may ask for input. */
export interface Relayed extends TargetRequest {
  readonly method: string;
  readonly binding?: Pick<StateBinding, "name" | "arguments">;
  /** Headers that mirror the request in 2026-07-28. */
  readonly mirrored?: Readonly<Record<string, string>>;
  /** What it goes to the server with. */
  readonly credential?: TargetCredential | undefined;
}

/** A server that asks a client for input which can't be asked: it is of an older version, or the method has no place for it. */
export class CannotBeAsked extends TargetError {}

/**
 * Passes a request on to a server, and the result back as the server said it. What it wants back with the next attempt is
 * sealed on its way through the client.
 * @throws TargetError, TargetRefusal, and ProtocolError for what the client can mend
 */
export async function relay(
  upstreams: Upstreams,
  states: RequestStates | undefined,
  relayed: Relayed,
): Promise<JsonObject> {
  try {
    return await ask(upstreams, states, relayed);
  } catch (error) {
    throw failureOf(error, relayed);
  }
}

async function ask(upstreams: Upstreams, states: RequestStates | undefined, relayed: Relayed): Promise<JsonObject> {
  const { target, params, principal, traceContext, exchange, method, mirrored = {}, signal } = relayed;
  const binding = bindingOf(relayed);
  const { requestState } = params;
  const state =
    requestState === undefined || binding === undefined
      ? undefined
      : await required(states).open(requestState, binding);
  const kept = {
    target,
    onBehalfOf: sessionOwnerOf(principal),
    credential: relayed.credential,
    once: principal.anonymous,
  };
  const asking = upstreams.request({
    ...kept,
    method,
    params: { ...passedOn(relayed), ...(state === undefined ? {} : { requestState: state }) },
    capabilities: capabilitiesOf(params, exchange),
    // Trace context goes both ways: MCP servers read `_meta`, and whatever stands before them reads headers.
    headers: { ...relayed.headers, ...traceContext },
    mirrored,
    onResponseHeaders: relayed.onResponseHeaders,
    signal,
    onNotification: (name, notified) => {
      if (relayedNotifications.has(name)) exchange.notify(name, notified);
    },
  });
  const result = await asking.finally(() => kept.once === true && upstreams.giveUp(kept));
  if (result.resultType !== "input_required") return result;
  if (binding === undefined || exchange.era === "legacy") throw cannotBeAsked(relayed);
  refuseUndeclaredInput(result, params);
  if (result.requestState === undefined) return result;
  return { ...result, requestState: await required(states).seal(String(result.requestState), binding) };
}

/** What is about the request alone: lists that have changed are for whoever has subscribed to them. */
const relayedNotifications: ReadonlySet<string> = new Set(["notifications/progress", "notifications/message"]);

function bindingOf({ gateway, target, principal, method, binding }: Relayed): StateBinding | undefined {
  if (binding === undefined) return undefined;
  return { gatewayId: gateway.gatewayId, targetId: target.targetId, principal, method, ...binding };
}

function required(states: RequestStates | undefined): RequestStates {
  if (states === undefined) throw new Error("States of requests can't be sealed here.");
  return states;
}

function cannotBeAsked({ target }: Relayed, cause?: unknown): CannotBeAsked {
  const message = `${target.name} asks for input, which only clients of MCP 2026-07-28 or later can give.`;
  return new CannotBeAsked(message, { cause });
}

/** What a caller hears of a failure: nothing, but what its client can mend. */
function failureOf(error: unknown, relayed: Relayed): Error {
  if (error instanceof ProtocolError || error instanceof TargetError) return error;
  const { target, params, exchange } = relayed;
  const refusal = error instanceof UpstreamRefusal ? error : undefined;
  if (refusal?.code === ProtocolErrorCode.MissingRequiredClientCapability) {
    if (exchange.era === "legacy") return cannotBeAsked(relayed, error);
    const { requiredCapabilities } = isJsonObject(refusal.data) ? refusal.data : {};
    return protocolError("missingCapability", { which: "" }, { data: { requiredCapabilities } });
  }
  if (
    refusal?.code === ProtocolErrorCode.InvalidParams &&
    (params.inputResponses ?? params.requestState) !== undefined
  ) {
    return protocolError("targetRefused", { reason: "The input was refused: start again without it." });
  }
  const message = `${target.name} failed: ${messageOf(error)}`;
  const isRefusal = refusal?.code !== undefined && refusals.has(refusal.code);
  return isRefusal ? new TargetRefusal(message, { cause: error }) : new TargetError(message, { cause: error });
}

/** What says that the parameters are wrong, in one version or another. */
const refusals: ReadonlySet<number> = new Set([ProtocolErrorCode.InvalidParams, ProtocolErrorCode.ResourceNotFound]);
