import type { EvaluationCompleted, ToolDecision } from "./events.ts";
import type { SpanFacts } from "./facts.ts";

/**
 * What is counted, and by what it can be told apart: a cube. Its `dimensions` are few-valued and kept by the minute; its
 * `wideDimensions` have as many values as there are users, and are kept by the hour. Every cube has the dimension `gateway`
 * or, for what no gateway knows of, `agent` or `config` as its `scope`.
 */
export const cubes = {
  /** Every decision about a call, a list, a prompt or a resource; the duration is that of deciding. */
  decisions: {
    scope: "gateway",
    dimensions: ["engine", "mode", "method", "target", "tool", "decision", "outcome", "policies", "flippingPolicies"],
    wideDimensions: ["principal", "agent"],
    measures: [],
  },
  /** Every request of agents that a decision was made about, from its arrival to its answer. */
  calls: {
    scope: "gateway",
    dimensions: ["engine", "mode", "method", "target", "tool", "decision", "outcome", "error", "statusCode"],
    wideDimensions: ["principal", "agent"],
    measures: [],
  },
  /** Every request of agents to models. */
  models: {
    scope: "agent",
    dimensions: ["provider", "model", "error"],
    wideDimensions: [],
    measures: ["inputTokens", "outputTokens", "costNanoDollars"],
  },
  /** Every tool call that agents tell of themselves. */
  agentTools: { scope: "agent", dimensions: ["tool", "error"], wideDimensions: [], measures: [] },
  /**
   * Every evaluation, at the time of what was judged; the duration is that of judging. `scores` are those that have a value,
   * whose sum is in millionths.
   */
  evaluations: {
    scope: "config",
    dimensions: ["evaluator", "label", "agent", "agentVersion", "error"],
    wideDimensions: [],
    measures: ["scores", "scoreMillionths", "inputTokens", "outputTokens", "costNanoDollars"],
  },
} as const satisfies Record<
  string,
  {
    readonly scope: "gateway" | "agent" | "config";
    readonly dimensions: readonly string[];
    readonly wideDimensions: readonly string[];
    readonly measures: readonly string[];
  }
>;
export type CubeName = keyof typeof cubes;

/** One thing that happened, as a cube counts it. */
export interface Occurrence {
  readonly cube: CubeName;
  /** The gateway's id, the agent's name, or the id of the configuration of online evaluation. */
  readonly scope: string;
  /** Of the cube's dimensions, wide ones included, those that it has. Several values of one are said in JSON: `["a","b"]`. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** When, in milliseconds since 1970. */
  readonly time: number;
  readonly durationMicroseconds: number;
  readonly measures: Readonly<Record<string, number>>;
}

/** The methods that are counted by their name. Callers may send any other: those are counted as one. */
const countedMethods = new Set([
  "initialize",
  "ping",
  "server/discover",
  "tools/call",
  "tools/list",
  "prompts/get",
  "prompts/list",
  "resources/list",
  "resources/read",
  "resources/templates/list",
  "completion/complete",
]);

/**
 * What a call was about, as far as it may tell counts apart: names that nobody but the caller knows, of tools that aren't
 * there, would make series without end (T11).
 */
function subjectOf({
  method,
  target,
  tool,
  outcome,
}: Pick<ToolDecision, "method" | "target" | "tool"> & { readonly outcome: string }) {
  const isUnknown = target === undefined && outcome === "rejected";
  return { method: countedMethods.has(method) ? method : "other", target, tool: isUnknown ? undefined : tool };
}

/** A decision as it is counted. */
export function occurrenceOfDecision(decision: ToolDecision): Occurrence {
  const { gateway, policyEngine, outcome, determiningPolicies, logOnly } = decision;
  const { principal, agent, time, durationMicroseconds } = decision;
  return {
    cube: "decisions",
    scope: gateway.id,
    dimensions: present({
      engine: policyEngine?.arn,
      mode: policyEngine?.mode,
      ...subjectOf(decision),
      decision: decision.decision,
      outcome,
      policies: several(determiningPolicies),
      flippingPolicies: several(logOnly?.flippingPolicies ?? []),
      principal: principal.id,
      agent,
    }),
    time: Date.parse(time),
    durationMicroseconds,
    measures: {},
  };
}

/** What a span means, as it is counted. @param time when it began, in milliseconds since 1970. */
export function occurrenceOfSpan(facts: SpanFacts, time: number): Occurrence {
  const { durationMicroseconds, error } = facts;
  const common = { time, durationMicroseconds };
  if (facts.type === "toolCall") {
    const { gatewayId, policyEngine, mode, decision, outcome, principal, agent } = facts;
    const statusCode = facts.statusCode === undefined ? undefined : String(facts.statusCode);
    const dimensions = { engine: policyEngine, mode, ...subjectOf(facts), decision, outcome, principal, agent };
    return {
      ...common,
      cube: "calls",
      scope: gatewayId,
      dimensions: present({ ...dimensions, error, statusCode }),
      measures: {},
    };
  }
  if (facts.type === "agentToolCall") {
    const { agent, tool } = facts;
    return { ...common, cube: "agentTools", scope: agent, dimensions: present({ tool, error }), measures: {} };
  }
  const { agent, provider, model, inputTokens, outputTokens, costNanoDollars = 0 } = facts;
  return {
    ...common,
    cube: "models",
    scope: agent,
    dimensions: present({ provider, model, error }),
    measures: { inputTokens, outputTokens, costNanoDollars },
  };
}

/** Names that agents' code makes up take no more room than this. */
const longestName = 100;

/** An evaluation as it is counted. */
export function occurrenceOfEvaluation(evaluation: EvaluationCompleted): Occurrence {
  const { config, evaluator, label, value, agent, agentVersion, errorCode, tokenUsage } = evaluation;
  return {
    cube: "evaluations",
    scope: config.id,
    dimensions: present({
      evaluator: evaluator.id,
      label,
      agent: agent?.slice(0, longestName),
      agentVersion: agentVersion?.slice(0, longestName),
      error: errorCode,
    }),
    time: Date.parse(evaluation.time),
    durationMicroseconds: evaluation.durationMicroseconds,
    measures: {
      scores: value === undefined ? 0 : 1,
      scoreMillionths: Math.round((value ?? 0) * 1_000_000),
      inputTokens: tokenUsage?.inputTokens ?? 0,
      outputTokens: tokenUsage?.outputTokens ?? 0,
      costNanoDollars: evaluation.costNanoDollars ?? 0,
    },
  };
}

function present(dimensions: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(dimensions).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}

function several(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : JSON.stringify([...values].sort());
}
