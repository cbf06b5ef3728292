import type { Principal } from "../identity/principal.ts";
import type { JsonObject } from "../json.ts";
import type { GatewayTool } from "../tools.ts";
import type { Snapshot } from "./snapshot.ts";

/** What policy says of one call. */
export interface Authorization {
  readonly decision: "ALLOW" | "DENY";
  readonly determiningPolicies: readonly string[];
  readonly reason: string;
  /** Deciding failed; the decision is DENY. */
  readonly failed: boolean;
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
  tool: GatewayTool,
  args: JsonObject,
  now: Date,
): Authorization {
  if (engine === undefined) return allowedWithoutEngine;
  if (engine.policies === undefined) return failure(engine.failure ?? notLoaded);
  const { decision, determiningPolicies, reason, error } = engine.policies.authorize({
    principal,
    tool: tool.name,
    arguments: args,
    now,
  });
  return { decision, determiningPolicies, reason, failed: error === true };
}

/** Finds the tools with which some call of this principal would be permitted. */
export function visibleTools({ engine, tools }: Snapshot, principal: Principal, now: Date): Visibility {
  const all = [...tools.values()];
  if (engine === undefined) return { shown: all, hidden: [] };
  if (engine.policies === undefined) return { shown: [], hidden: all, failure: engine.failure ?? notLoaded };
  const shown = new Set(engine.policies.list({ principal, now }).shown);
  return {
    shown: all.filter(({ name }) => shown.has(name)),
    hidden: all.filter(({ name }) => !shown.has(name)),
  };
}

/** The tools that a caller is told of. LOG_ONLY records what ENFORCE would hide, and hides nothing. */
export function offeredTools({ engine, tools }: Snapshot, { shown }: Visibility): readonly GatewayTool[] {
  return engine?.mode === "LOG_ONLY" ? [...tools.values()] : shown;
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
