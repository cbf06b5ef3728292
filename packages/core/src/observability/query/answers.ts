import * as z from "zod";
import { cubes } from "../cubes.ts";
import { evaluationCompleted, toolDecision } from "../events.ts";
import { span } from "../spans/span.ts";

/** What the query API answers with: schemas that types, handlers and the OpenAPI document are made from. */

/**
 * A decision as it is shown: all that the ledger has of it but the call's arguments, which go nowhere from there but into
 * replays (T18).
 */
export const decision = toolDecision
  .omit({ request: true })
  .meta({ id: "Decision", description: "One decision about one call or list." });
export type Decision = z.output<typeof decision>;

const nextToken = z.string().optional().describe("Where the next page begins; absent on the last one.");
const time = z.iso.datetime().describe("ISO 8601 in UTC.");
const count = z.number().int().nonnegative();

export const decisionPage = z
  .object({
    from: time,
    to: time,
    decisions: z.array(decision).describe("May be fewer than asked for, even none, though there are more pages."),
    nextToken,
  })
  .meta({ id: "DecisionPage" });
export type DecisionPage = z.output<typeof decisionPage>;

export const evaluation = evaluationCompleted.meta({
  id: "Evaluation",
  description: "What an evaluator has said of a session, a turn of it, or a tool call.",
});
export type Evaluation = z.output<typeof evaluation>;

export const evaluationPage = z
  .object({
    from: time,
    to: time,
    evaluations: z.array(evaluation).describe("May be fewer than asked for, even none, though there are more pages."),
    nextToken,
  })
  .meta({ id: "EvaluationPage" });
export type EvaluationPage = z.output<typeof evaluationPage>;

const durations = z
  .object({ p50: z.number(), p95: z.number(), p99: z.number() })
  .meta({ id: "Durations", description: "Percentiles of durations, in microseconds, exact to `percentileError`." });

export const cubeName = z.enum(Object.keys(cubes) as [keyof typeof cubes, ...(keyof typeof cubes)[]]);

const figures = {
  count,
  share: z
    .number()
    .min(0)
    .max(1)
    .describe("The count's share of everything in the same interval that the filters let pass."),
  durationMicroseconds: durations,
  inputTokens: count.optional().describe("Of the cube `models`; of `evaluations`, what judges have read."),
  outputTokens: count.optional(),
  costNanoDollars: count.optional().describe("In billionths of a US dollar; models without a price cost nothing here."),
  scores: count.optional().describe("Of the cube `evaluations`: how many have a value."),
  averageScore: z.number().optional().describe("The mean of their values, where there are any."),
};
const group = z
  .record(z.string(), z.string().nullable())
  .describe("The value of each dimension in `groupBy`; null where there is none, as the tool of a list.");

export const aggregate = z
  .object({ time: time.optional().describe("The beginning of the interval, where there is one."), group, ...figures })
  .meta({ id: "Aggregate" });
export type Aggregate = z.output<typeof aggregate>;

export const aggregates = z
  .object({
    cube: cubeName,
    from: time.describe("The beginning of the first minute, hour or day that was counted in."),
    to: time.describe("The end of the last."),
    groupBy: z.array(z.string()),
    interval: z.enum(["minute", "hour", "day"]).optional(),
    percentileError: z.number().describe("How far off a percentile can be, as a share of it."),
    total: count.describe(
      "All that the filters let pass. What counts in several groups, as for two policies, is one here.",
    ),
    aggregates: z.array(aggregate).describe("By time, then the largest count first. What didn't happen is not there."),
  })
  .meta({ id: "Aggregates" });
export type Aggregates = z.output<typeof aggregates>;

export const topList = z
  .object({
    of: z.string(),
    from: time,
    to: time,
    total: count,
    percentileError: z.number(),
    entries: z.array(z.object({ group, ...figures })).describe("The largest count first."),
  })
  .meta({ id: "TopList" });
export type TopList = z.output<typeof topList>;

export const sessionSummary = z
  .object({
    sessionId: z.string(),
    from: time.describe("The first minute in which anything happened."),
    to: time.describe("The last minute."),
    gateways: z.array(z.string()),
    agents: z.array(z.string()),
    decisions: count,
    denials: count,
    modelCalls: count,
    inputTokens: count,
    outputTokens: count,
    costNanoDollars: count,
    errors: count,
  })
  .meta({ id: "SessionSummary" });
export type SessionSummaryAnswer = z.output<typeof sessionSummary>;

export const sessionPage = z
  .object({ from: time, to: time, sessions: z.array(sessionSummary), nextToken })
  .meta({ id: "SessionPage" });
export type SessionPage = z.output<typeof sessionPage>;

const place = {
  id: z.string().describe("Unique in the tree."),
  parentId: z.string().optional().describe("The node that it is under; only those at the top have none."),
  depth: z.number().int().nonnegative(),
};

/** A node of a tree. What has no parent that is known, or only itself, is under its trace, or at the top. */
export const node = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("trace"), ...place, traceId: z.string() }),
    z.object({
      kind: z.literal("span"),
      ...place,
      source: z.enum(["gateway", "agent"]).describe("Who tells of it: the gateway itself, or an agent's code by OTLP."),
      sender: z.string().optional().describe("Whose credentials it came with, where an agent tells of it."),
      span: span.meta({ id: "Span", description: "A span of OpenTelemetry, as OTLP has it." }),
    }),
    z.object({ kind: z.literal("decision"), ...place, decision }),
    z.object({
      kind: z.literal("evaluation"),
      ...place,
      evaluation,
    }),
  ])
  .meta({ id: "TreeNode" });
export type TreeNode = z.output<typeof node>;

const nodes = z.array(node).describe("Each after its parent, siblings in the order of time.");

export const sessionTree = z
  .object({
    sessionId: z.string(),
    summary: sessionSummary.optional().describe("Absent where nothing has been counted of it."),
    traces: z.array(z.string()).describe("All of them, in the order of their beginning."),
    nodes,
    truncated: z.boolean().describe("There is more than one answer holds: see each trace by itself."),
  })
  .meta({ id: "SessionTree" });
export type SessionTree = z.output<typeof sessionTree>;

export const traceTree = z
  .object({ traceId: z.string(), sessions: z.array(z.string()), nodes, truncated: z.boolean() })
  .meta({ id: "TraceTree" });
export type TraceTree = z.output<typeof traceTree>;

const missing = z.object({
  count,
  named: z
    .array(z.object({ decisionId: z.string(), traceId: z.string(), spanId: z.string(), time }))
    .describe("The first of them, at most a hundred."),
});

export const reconciliation = z
  .object({
    gatewayId: z.string(),
    from: time.describe("The whole minutes that were compared."),
    to: time,
    agrees: z.boolean().describe("Nothing is missing, and everything was counted exactly once."),
    decisions: count,
    calls: count.describe("Calls that the gateway's own spans tell of."),
    decisionsWithoutTrace: count.describe("Decisions that name no span: their gateway made none yet."),
    tallies: z.array(
      z.object({
        cube: z.enum(["decisions", "calls"]),
        by: z.enum(["minute", "hour", "hourByPrincipal"]).describe("Which counters: each is kept for itself."),
        ledger: count,
        counted: count,
      }),
    ),
    missingSpans: missing.describe("Decisions whose span isn't in the ledger."),
    missingDecisions: missing.describe("Spans whose decision isn't in the ledger."),
  })
  .meta({ id: "Reconciliation" });

export const reconciliations = z
  .object({
    from: time,
    to: time,
    agrees: z.boolean().describe("Whether everything agrees at every gateway."),
    gateways: z.array(reconciliation),
  })
  .meta({ id: "Reconciliations" });
export type Reconciliations = z.output<typeof reconciliations>;
