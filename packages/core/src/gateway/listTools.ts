import type { ListToolsResult } from "@modelcontextprotocol/server";
import { describedTools, offeredTools, visibleTools } from "./authorize.ts";
import { type Call, paramsOf } from "./call.ts";
import { recordDecision } from "./decisions.ts";
import type { GatewayDependencies } from "./dependencies.ts";
import { offeredNow } from "./liveTools.ts";
import { protocolError } from "./refusals.ts";
import { toolNamesOf } from "./toolNames.ts";

/** Answers tools/list: the tools that some call of this principal's could be permitted with, under the gateway's names. */
export async function listTools(call: Call, dependencies: GatewayDependencies): Promise<ListToolsResult> {
  // A list comes whole: there is no place in it to go on from, and whoever names one has it from elsewhere (T24).
  if (paramsOf(call.message).cursor !== undefined) {
    throw protocolError("invalidCursor", {});
  }
  const { onPolicyFailure, now } = dependencies;
  const startedAt = performance.now();
  const visibility = visibleTools(call.snapshot, call.principal, now());
  const { shown, hidden, failure } = visibility;
  if (failure !== undefined) onPolicyFailure(failure);
  const finding = {
    decision: failure === undefined ? "ALLOW" : "DENY",
    outcome: "listed",
    reason: failure ?? reasonFor(call),
    shown,
    hidden,
    startedAt,
  } as const;
  await recordDecision(call, finding, dependencies).accepted;
  const offered = await offeredNow(call, offeredTools(call.snapshot, visibility), dependencies);
  return { tools: describedTools(call.snapshot, offered) as ListToolsResult["tools"] };
}

function reasonFor({ snapshot }: Call): string {
  const { ambiguous } = toolNamesOf(snapshot);
  const reason = "Tools that some call could be permitted with.";
  if (ambiguous.length === 0) return reason;
  const names = ambiguous.map(({ name }) => name).join(", ");
  return `${reason} Not offered, because their names are not theirs alone: ${names}.`;
}
