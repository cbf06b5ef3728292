import type { ListToolsResult } from "@modelcontextprotocol/server";
import { visibleTools } from "./authorize.ts";
import type { Call } from "./call.ts";
import { recordDecision } from "./decisions.ts";
import type { GatewayDependencies } from "./dependencies.ts";

/** How long a client may hold on to a list: as long as a change of policy may take to show. */
const listMilliseconds = 1_000;

/** Answers tools/list: the tools that some call of this principal's could be permitted with, under the gateway's names. */
export async function listTools(
  call: Call,
  { publisher, onPolicyFailure, now }: GatewayDependencies,
): Promise<ListToolsResult> {
  const startedAt = performance.now();
  const { shown, hidden, failed } = visibleTools(call.snapshot, call.principal, now());
  if (failed) onPolicyFailure(call.snapshot.engine?.failure ?? "Listing failed.");
  const finding = {
    decision: failed ? "DENY" : "ALLOW",
    outcome: "listed",
    reason: failed
      ? (call.snapshot.engine?.failure ?? "Listing failed.")
      : "Tools that some call could be permitted with.",
    shown,
    hidden,
    startedAt,
  } as const;
  await recordDecision(call, finding, publisher, now()).accepted;
  // LOG_ONLY records what ENFORCE would hide, and hides nothing.
  const visible = call.snapshot.engine?.mode === "LOG_ONLY" ? [...call.snapshot.tools.values()] : shown;
  const tools = visible.map(({ name, description }) => ({ ...description, name })) as ListToolsResult["tools"];
  return { tools, ttlMs: listMilliseconds, cacheScope: "private" };
}
