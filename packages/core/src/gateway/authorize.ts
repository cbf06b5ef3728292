import type { Principal } from "../identity/principal.ts";
import type { JsonObject } from "../json.ts";
import type { LogOnlyDecision, PolicyDecision } from "../policy/engine.ts";
import type { ToolDescription } from "../storage/records.ts";
import { type GatewayTool, isQuarantined } from "../tools.ts";
import type { Snapshot } from "./snapshot.ts";
import { toolNamesOf } from "./toolNames.ts";

/** What policy says of one call. */
export interface Authorization {
  readonly decision: "ALLOW" | "DENY";
  readonly determiningPolicies: readonly string[];
  readonly reason: string;
  /** Deciding failed; the decision is DENY. */
  readonly failed: boolean;
  /** What would have been decided if everything were enforced, where the engine or some of its policies are in LOG_ONLY. */
  readonly logOnly?: LogOnlyDecision;
}

/** What policy says of a list. */
export interface Visibility {
  readonly shown: readonly GatewayTool[];
  readonly hidden: readonly GatewayTool[];
  /** Why nothing is shown, where finding out failed. */
  readonly failure?: string;
}

/** Decides a call in full. Whatever goes wrong on the way denies it. */
export function authorize(
  { engine }: Snapshot,
  principal: Principal,
  tool: Pick<GatewayTool, "name">,
  args: JsonObject,
  now: Date,
  interceptor: JsonObject = {},
): Authorization {
  if (engine === undefined) return allowedWithoutEngine;
  if (engine.policies === undefined) return failure(engine.failure ?? notLoaded);
  const decided = engine.policies.authorize({ principal, tool: tool.name, arguments: args, now, interceptor });
  const { decision, determiningPolicies, reason, error } = decided;
  const logOnly = engine.mode === "LOG_ONLY" ? ofLogOnlyEngine(decided) : decided.logOnly;
  return { decision, determiningPolicies, reason, failed: error === true, ...(logOnly ? { logOnly } : {}) };
}

/** What a denied caller is told of the conditions that failed; empty unless the gateway's settings want it. */
export function explanationFor(
  { engine, configuration }: Snapshot,
  principal: Principal,
  tool: Pick<GatewayTool, "name">,
  args: JsonObject,
  now: Date,
  interceptor: JsonObject = {},
): string {
  if (configuration.gateway.settings?.explainDenials !== true) return "";
  const sentences = engine?.policies?.explain({ principal, tool: tool.name, arguments: args, now, interceptor }) ?? [];
  return sentences.length === 0 ? "" : `${sentences.join("; ")}.`;
}

/** An engine in LOG_ONLY lets every call through: whatever would deny it flips. */
function ofLogOnlyEngine({ decision, determiningPolicies, error, logOnly }: PolicyDecision): LogOnlyDecision {
  const all = logOnly ?? {
    decision,
    determiningPolicies,
    matchedPolicies: [],
    flippingPolicies: [],
    ...(error === true ? { error } : {}),
  };
  return { ...all, flips: all.decision === "DENY" };
}

/** Finds the tools with which some call of this principal would be permitted. */
export function visibleTools({ engine, tools }: Snapshot, principal: Principal, now: Date): Visibility {
  const all = [...tools.values()];
  if (engine !== undefined && engine.policies === undefined) {
    return { shown: [], hidden: all, failure: engine.failure ?? notLoaded };
  }
  const permitted = engine?.policies && new Set(engine.policies.list({ principal, now }).shown);
  const isShown = (tool: GatewayTool) => !isQuarantined(tool) && (permitted === undefined || permitted.has(tool.name));
  return { shown: all.filter(isShown), hidden: all.filter((tool) => !isShown(tool)) };
}

/** Which actions, of tools, prompts and resources, some request of this principal's would be permitted for. */
export function visibleActions(
  { engine }: Snapshot,
  principal: Principal,
  now: Date,
): { isShown(action: string): boolean; readonly failure?: string } {
  if (engine === undefined) return { isShown: () => true };
  if (engine.policies === undefined) return { isShown: () => false, failure: engine.failure ?? notLoaded };
  const shown = new Set(engine.policies.list({ principal, now }).shown);
  return { isShown: (action) => shown.has(action) };
}

/** The tools that a caller is told of. LOG_ONLY records what ENFORCE would hide, and hides nothing but what is in quarantine. */
export function offeredTools({ engine, tools }: Snapshot, { shown }: Visibility): readonly GatewayTool[] {
  return engine?.mode === "LOG_ONLY" ? [...tools.values()].filter((tool) => !isQuarantined(tool)) : shown;
}

/** Tools as callers are told of them, under the names they call them by. */
export function describedTools(snapshot: Snapshot, tools: readonly GatewayTool[]): readonly ToolDescription[] {
  const { nameOf } = toolNamesOf(snapshot);
  return tools.flatMap((tool) => {
    const name = nameOf(tool);
    return name === undefined ? [] : [{ ...tool.description, name }];
  });
}

const notLoaded = "The policy engine could not be loaded.";

const allowedWithoutEngine: Authorization = {
  decision: "ALLOW",
  determiningPolicies: [],
  reason: "The gateway has no policy engine.",
  failed: false,
};

function failure(reason: string): Authorization {
  return { decision: "DENY", determiningPolicies: [], reason, failed: true };
}
