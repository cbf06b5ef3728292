import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Principal } from "../../identity/principal.ts";
import type { JsonObject } from "../../json.ts";
import type { GatewayRecord, TargetRecord, ToolDescription } from "../../storage/records.ts";
import type { Exchange } from "../protocol/exchange.ts";

/** A call that policy has allowed, on its way to a target. */
export interface Invocation {
  readonly gateway: GatewayRecord;
  readonly target: TargetRecord;
  readonly tool: ToolDescription;
  /** The name the agent used: `Target___tool`. */
  readonly qualifiedName: string;
  /** The very object that was authorised. */
  readonly arguments: JsonObject;
  /** The JSON-RPC id of the agent's request. */
  readonly requestId: string;
  readonly principal: Principal;
  /** The parameters of the agent's request as they were parsed: what isn't the gateway's to say travels on unchanged. */
  readonly params: JsonObject;
  /** The exchange with the agent, which can hear of more than the result. */
  readonly exchange: Exchange;
  /** Trace context for the target: `traceparent`, `tracestate` and `baggage` of the agent's request. */
  readonly traceContext: JsonObject;
  readonly signal: AbortSignal;
}

/** What a target offers. */
export interface Discovery {
  readonly tools: readonly ToolDescription[];
  /** What an administrator should know although the tools work, such as an operation that can't be one. */
  readonly warnings?: readonly string[];
}

/** A kind of target: how its tools are called, and how they are found. */
export interface TargetKind {
  /** @throws TargetError when the target fails to answer; ProtocolError for what the agent's client must hear as one. */
  call(invocation: Invocation): Promise<CallToolResult>;
  /** Asks the target, or reads its description, for what it offers. @throws TargetError */
  discover(target: TargetRecord): Promise<Discovery>;
  /**
   * The names of the tools that a target offers somebody at this moment; undefined where that can't be found out quickly.
   * It takes a second at most and doesn't fail.
   */
  offers?(target: TargetRecord, principal: Principal): Promise<ReadonlySet<string> | undefined>;
}

/** The kinds of target by their name in `targetConfiguration.mcp`. */
export type TargetKinds = Readonly<Partial<Record<string, TargetKind>>>;

/** A target that failed. The message is for administrators; callers see it only at exception level DEBUG. */
export class TargetError extends Error {
  override readonly name = "TargetError";
}

/** The discovery of a kind whose descriptions take parsers that calls don't: discoveries.ts has it. */
export async function discoveredElsewhere(): Promise<never> {
  throw new TargetError("The tools of this target are found by its synchronisation alone.");
}

/** Which kind a target is: the one member of `targetConfiguration.mcp`. */
export function kindOf({ targetConfiguration }: TargetRecord): string | undefined {
  return Object.keys(targetConfiguration.mcp ?? {})[0];
}
