import type { LedgerRepository } from "../../storage/ledgerRepository.ts";
import type { ToolDecision } from "../events.ts";
import type { Decision } from "./answers.ts";
import type { Cell } from "./csv.ts";
import { type FindQuery, type Found, findInHours, type Part } from "./inHours.ts";

/** Which decisions: what is said must hold, of several values one. */
export interface DecisionFilter {
  readonly principal?: readonly string[] | undefined;
  readonly agent?: readonly string[] | undefined;
  readonly engine?: readonly string[] | undefined;
  readonly method?: readonly string[] | undefined;
  readonly target?: readonly string[] | undefined;
  readonly tool?: readonly string[] | undefined;
  readonly policy?: readonly string[] | undefined;
  readonly decision?: "ALLOW" | "DENY" | undefined;
  readonly outcome?: readonly string[] | undefined;
  readonly mode?: "ENFORCE" | "LOG_ONLY" | undefined;
  readonly flips?: boolean | undefined;
}

/** Whether a decision is one of those that are asked for. */
export function matches(decision: ToolDecision, filter: DecisionFilter): boolean {
  const { principal, agent, policyEngine: engine, method, target, tool, outcome, determiningPolicies } = decision;
  return (
    isOneOf(principal.id, filter.principal) &&
    isOneOf(agent, filter.agent) &&
    (filter.engine === undefined || filter.engine.some((named) => isEngine(engine?.arn, named))) &&
    isOneOf(method, filter.method) &&
    isOneOf(target, filter.target) &&
    isOneOf(tool, filter.tool) &&
    isOneOf(outcome, filter.outcome) &&
    (filter.policy === undefined || determiningPolicies.some((policy) => isOneOf(policy, filter.policy))) &&
    (filter.decision === undefined || decision.decision === filter.decision) &&
    (filter.mode === undefined || engine?.mode === filter.mode) &&
    (filter.flips === undefined || (decision.logOnly?.flips ?? false) === filter.flips)
  );
}

export function isOneOf(value: string | undefined, values: readonly string[] | undefined): boolean {
  return values === undefined || (value !== undefined && values.includes(value));
}

/** Whether an engine, by its ARN, is the one that is named, by its ARN or its id. */
export function isEngine(arn: string | undefined, named: string): boolean {
  return arn !== undefined && (arn === named || arn.endsWith(`/${named}`));
}

/** A decision as it is shown. */
export function shown({ request: _, ...decision }: ToolDecision): Decision {
  return decision;
}

/** What a decision sorts by: text that orders as time does, then by id. */
export function positionOf({ time, decisionId }: Pick<ToolDecision, "time" | "decisionId">): string {
  return `${time}#${decisionId}`;
}

/** Decisions of several gateways in the order of time, or against it. */
export function findDecisions(
  ledger: Pick<LedgerRepository, "decisions">,
  { gateways, ...query }: FindQuery & { readonly gateways: readonly string[] },
): AsyncGenerator<Found<ToolDecision>> {
  const read = (gatewayId: string, part: Part) => ledger.decisions({ ...part, gatewayId });
  return findInHours({ ...query, scopes: gateways, read, positionOf });
}

/** The columns of decisions in CSV. */
export const decisionColumns = [
  "time",
  "decisionId",
  "gateway",
  "method",
  "principal",
  "agent",
  "target",
  "tool",
  "prompt",
  "resource",
  "decision",
  "outcome",
  "mode",
  "policyEngine",
  "determiningPolicies",
  "flips",
  "flippingPolicies",
  "reason",
  "durationMicroseconds",
  "sessionId",
  "traceId",
  "spanId",
] as const;

/** A decision as a row of these columns. */
export function decisionRow(decision: Decision): readonly Cell[] {
  const { policyEngine, logOnly } = decision;
  const cells: Record<(typeof decisionColumns)[number], Cell> = {
    ...decision,
    gateway: decision.gateway.id,
    principal: decision.principal.id,
    agent: decision.agent,
    target: decision.target,
    tool: decision.tool,
    prompt: decision.prompt,
    resource: decision.resource,
    mode: policyEngine?.mode,
    policyEngine: policyEngine?.arn,
    determiningPolicies: decision.determiningPolicies.join(" "),
    flips: logOnly?.flips,
    flippingPolicies: logOnly?.flippingPolicies.join(" "),
    sessionId: decision.sessionId,
    traceId: decision.traceId,
    spanId: decision.spanId,
  };
  return decisionColumns.map((column) => cells[column]);
}
