import { type CallToolResult, ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { LRUCache } from "lru-cache";
import { messageOf } from "../../../errors.ts";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import type { ToolDescription } from "../../../storage/records.ts";
import { mirroredHeadersOf } from "../../mirroredHeaders.ts";
import type { RequestStates, StateBinding } from "../../requestStates.ts";
import { type Invocation, TargetError, type TargetKind } from "../target.ts";
import { refuseUndeclaredInput } from "./inputRequests.ts";
import { listAll } from "./listing.ts";
import { capabilitiesOf, passedOn } from "./params.ts";
import { UpstreamRefusal } from "./post.ts";
import { createUpstreams, type Upstreams } from "./upstream.ts";

/** No shorter than any deadline of a call: it is the signal that ends one. */
const callMilliseconds = 900_000;
const listMilliseconds = 30_000;
/** Whoever asks for a list waits as long as this for a target that answers late, and others after them don't wait for it. */
const offersMilliseconds = 1_000;
const silentMilliseconds = 30_000;

/**
 * An MCP server as a target, over streamable HTTP, in whichever era it speaks. What it keeps in a session of one caller
 * never meets another (T04), and the caller's token is not sent (T01). Requests and results pass as they are: what
 * Gatehouse doesn't know of is for the agent and the server to know.
 */
export function mcpServerTarget(options: {
  readonly allowLoopback: boolean;
  /** Absent where nothing is called. */
  readonly states?: RequestStates | undefined;
}): TargetKind {
  const upstreams = createUpstreams(options);
  const silent = new LRUCache<string, true>({ max: 1_000, ttl: silentMilliseconds });
  return {
    async call(invocation) {
      try {
        return await callOn(upstreams, options.states, invocation);
      } catch (error) {
        if (invocation.exchange.era === "legacy" && needsInput(error)) return cannotBeAsked;
        throw relayed(error, invocation);
      }
    },
    async offers(target, { type, id }) {
      const key = JSON.stringify([target.gatewayId, target.targetId, target.updatedAt]);
      if (silent.has(key)) return undefined;
      const signal = AbortSignal.timeout(offersMilliseconds);
      try {
        const tools = await listAll(upstreams, { target, onBehalfOf: [type, id], signal }, "tools");
        return new Set(tools.map(({ name }) => String(name)));
      } catch {
        silent.set(key, true);
        return undefined;
      }
    },
    async discover(target) {
      const signal = AbortSignal.timeout(listMilliseconds);
      try {
        const tools = await listAll(upstreams, { target, onBehalfOf: ["discovery"], signal }, "tools");
        // What a tool must have is reviewed where it becomes part of a gateway.
        return { tools: tools as unknown as readonly ToolDescription[] };
      } catch (error) {
        throw new TargetError(`${target.name} did not list its tools: ${messageOf(error)}`, { cause: error });
      }
    },
  };
}

async function callOn(
  upstreams: Upstreams,
  states: RequestStates | undefined,
  invocation: Invocation,
): Promise<CallToolResult> {
  const { target, tool, arguments: args, params, principal, exchange, signal } = invocation;
  const binding = bindingOf(invocation);
  const { requestState } = params;
  const state = requestState === undefined ? undefined : await required(states).open(requestState, binding);
  const result = await upstreams.request({
    target,
    onBehalfOf: [principal.type, principal.id],
    method: "tools/call",
    params: {
      ...passedOn(invocation),
      name: tool.name,
      arguments: args,
      ...(state === undefined ? {} : { requestState: state }),
    },
    capabilities: capabilitiesOf(params, exchange),
    mirrored: mirroredHeadersOf(tool.name, tool.inputSchema, args),
    signal: AbortSignal.any([signal, AbortSignal.timeout(callMilliseconds)]),
    onNotification: (method, notified) => {
      if (relayedNotifications.has(method)) exchange.notify(method, notified);
    },
  });
  if (result.resultType !== "input_required") return asToolResult(result);
  if (exchange.era === "legacy") return cannotBeAsked;
  refuseUndeclaredInput(result, params);
  if (result.requestState === undefined) return asToolResult(result);
  const sealed = await required(states).seal(String(result.requestState), binding);
  return asToolResult({ ...result, requestState: sealed });
}

/** What is about the request alone: lists that have changed are for whoever has subscribed to them. */
const relayedNotifications: ReadonlySet<string> = new Set(["notifications/progress", "notifications/message"]);

function bindingOf({ gateway, target, principal, tool, arguments: args }: Invocation): StateBinding {
  const { gatewayId } = gateway;
  return { gatewayId, targetId: target.targetId, principal, method: "tools/call", name: tool.name, arguments: args };
}

function required(states: RequestStates | undefined): RequestStates {
  if (states === undefined) throw new Error("States of requests can't be sealed here.");
  return states;
}

/** The result as the server said it: of a client it is only asked that it knows how to read a list of content. */
function asToolResult(result: JsonObject): CallToolResult {
  const whole =
    result.resultType === "input_required" || Array.isArray(result.content) ? result : { ...result, content: [] };
  // Its members are the server's affair, and reach the client whatever they are.
  return whole as unknown as CallToolResult;
}

/** What the agent reads of a tool that wants to ask somebody something, where nobody can be asked. */
const cannotBeAsked: CallToolResult = {
  content: [
    {
      type: "text",
      text: "This tool asks its client for input, which only clients of MCP 2026-07-28 or later can give.",
    },
  ],
  isError: true,
};

function needsInput(error: unknown): boolean {
  return error instanceof UpstreamRefusal && error.code === ProtocolErrorCode.MissingRequiredClientCapability;
}

/** What a caller hears of a failure: nothing, but what its client can mend. */
function relayed(error: unknown, { target, params }: Invocation): Error {
  if (error instanceof ProtocolError) return error;
  const refusal = error instanceof UpstreamRefusal ? error : undefined;
  if (refusal?.code === ProtocolErrorCode.MissingRequiredClientCapability) {
    const { requiredCapabilities } = isJsonObject(refusal.data) ? refusal.data : {};
    const message = "The tool needs a capability that the client has not declared.";
    return new ProtocolError(refusal.code, message, { requiredCapabilities });
  }
  if (
    refusal?.code === ProtocolErrorCode.InvalidParams &&
    (params.inputResponses ?? params.requestState) !== undefined
  ) {
    return new ProtocolError(refusal.code, "The input was refused: start again without it.");
  }
  return new TargetError(`${target.name} failed: ${messageOf(error)}`, { cause: error });
}
