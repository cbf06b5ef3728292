import * as z from "zod";
import { daysKept } from "../../storage/retention.ts";
import { maxGroups } from "./aggregate.ts";
import {
  type Aggregates,
  aggregates,
  cubeName,
  type DecisionPage,
  decision,
  decisionPage,
  evaluationPage,
  reconciliations,
  type SessionPage,
  sessionPage,
  sessionTree,
  type TopList,
  topList,
  traceTree,
} from "./answers.ts";
import type { Cell, Table } from "./csv.ts";
import { decisionColumns, decisionRow } from "./decisions.ts";
import { dimensionNames } from "./dimensions.ts";
import { evaluationTable } from "./evaluations.ts";
import { cellFilter, decisionFilter, evaluationFilter, format, page, range } from "./parameters.ts";
import { topLists } from "./top.ts";

/** What all paths begin with. */
export const basePath = "/observability";

/** An operation of the query API: all that its route, its reading, its rights and its documentation are made from. */
export interface QueryOperation {
  /** Below `/observability`; labels in braces. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: z.ZodObject;
  /** Of an answer that is a stream, each line. */
  readonly answer: z.ZodType;
  readonly streams?: true;
  /** How an answer is a table; those that are trees are none. */
  readonly table?: (answer: never) => Table;
}

/** Every operation, all by GET, in the order of the documentation. */
export const queryOperations = {
  ListDecisions: {
    path: "/decisions",
    summary: "Decisions about calls and lists, the latest first.",
    description:
      "A page ends early where much was looked through and little found: go on while there is a `nextToken`. Decisions are kept for 90 days.",
    parameters: z.strictObject({
      ...range,
      ...decisionFilter,
      order: z.enum(["newest", "oldest"]).default("newest"),
      ...page,
      ...format,
    }),
    answer: decisionPage,
    table: ({ decisions }: DecisionPage) => ({ columns: decisionColumns, rows: decisions.map(decisionRow) }),
  },
  ListEvaluations: {
    path: "/evaluations",
    summary: "What evaluators have said of sessions as they happened, the latest first.",
    description:
      "`from` and `to` are about when it was said. A page ends early where much was looked through and little found: go on while there is a `nextToken`. Evaluations are kept for 90 days.",
    parameters: z.strictObject({
      ...range,
      ...evaluationFilter,
      order: z.enum(["newest", "oldest"]).default("newest"),
      ...page,
      ...format,
    }),
    answer: evaluationPage,
    table: evaluationTable,
  },
  GetAggregates: {
    path: "/aggregates",
    summary: "What has happened, counted by up to three dimensions and by time.",
    description: `Durations of the cube \`decisions\` are those of deciding; of \`calls\`, from a request's arrival to its answer. Minutes are kept for ${daysKept.minutes} days, hours for ${daysKept.hours}; \`principal\` and, of the cubes \`decisions\` and \`calls\`, \`agent\` by the hour only. Without an interval, what is longer than three hours is counted by whole hours.`,
    parameters: z.strictObject({
      cube: cubeName.default("decisions"),
      ...range,
      groupBy: z.array(z.enum(dimensionNames)).max(maxGroups).default([]).describe("Say it once for each dimension."),
      interval: z.enum(["minute", "hour", "day"]).optional().describe("In UTC; all in one unless it is said."),
      ...cellFilter,
      ...format,
    }),
    answer: aggregates,
    table: aggregateTable,
  },
  ListTop: {
    path: "/top",
    summary: "The most of something.",
    description: Object.entries(topLists)
      .map(([name, { description }]) => `\`${name}\`: ${description}.`)
      .join(" "),
    parameters: z.strictObject({
      of: z.enum(Object.keys(topLists) as [keyof typeof topLists, ...(keyof typeof topLists)[]]),
      ...range,
      gateway: cellFilter.gateway,
      agent: cellFilter.agent,
      limit: z.number().int().min(1).max(100).default(10),
      ...format,
    }),
    answer: topList,
    table: topTable,
  },
  ListSessions: {
    path: "/sessions",
    summary: "Sessions in which anything has happened, the latest first.",
    parameters: z.strictObject({
      ...range,
      gateway: decisionFilter.gateway,
      agent: cellFilter.agent,
      ...page,
      ...format,
    }),
    answer: sessionPage,
    table: sessionTable,
  },
  GetSession: {
    path: "/sessions/{sessionId}",
    summary:
      "A session in one tree: what agents tell of themselves, the gateway's own spans, decisions, and what evaluators said of it.",
    parameters: z.strictObject({ sessionId: z.string().min(1).max(1_000) }),
    answer: sessionTree,
  },
  GetTrace: {
    path: "/traces/{traceId}",
    summary: "A trace as a tree of spans and decisions.",
    parameters: z.strictObject({
      traceId: z.string().regex(/^[\da-f]{32}$/, "a trace's id is 32 hexadecimal digits in lower case"),
    }),
    answer: traceTree,
  },
  GetReconciliation: {
    path: "/reconciliation",
    summary: "Whether the ledger's decisions, the gateway's own spans and what was counted agree.",
    description:
      "What is still under way seems to be missing: unless `to` is said, it is five minutes ago, and `from` is an hour before that. Counters of hours are compared where the range is one of whole hours.",
    parameters: z.strictObject({ ...range, gateway: cellFilter.gateway }),
    answer: reconciliations,
  },
  ExportDecisions: {
    path: "/export/decisions",
    summary: "All decisions of any range, the oldest first, one a line.",
    description:
      "A stream that ends without its last line complete has failed: go on with `from` at the time of the last complete line, and leave out the `decisionId`s that are there already.",
    parameters: z.strictObject({
      ...range,
      ...decisionFilter,
      format: z.enum(["ndjson", "csv"]).default("ndjson"),
    }),
    answer: decision,
    streams: true,
  },
} as const satisfies Record<string, QueryOperation>;

export type QueryOperations = typeof queryOperations;
export type QueryOperationName = keyof QueryOperations;

/** What an operation is asked with, and what it answers. */
export type InputOf<Name extends QueryOperationName> = z.output<QueryOperations[Name]["parameters"]>;
export type AnswerOf<Name extends QueryOperationName> = z.output<QueryOperations[Name]["answer"]>;

type Figures = TopList["entries"][number];

const figureColumns = [
  "count",
  "share",
  "p50",
  "p95",
  "p99",
  "inputTokens",
  "outputTokens",
  "costNanoDollars",
  "scores",
  "averageScore",
] as const;

function figureCells({
  count,
  share,
  durationMicroseconds,
  inputTokens,
  outputTokens,
  costNanoDollars,
  scores,
  averageScore,
}: Figures): Cell[] {
  const { p50, p95, p99 } = durationMicroseconds;
  return [count, share, p50, p95, p99, inputTokens, outputTokens, costNanoDollars, scores, averageScore];
}

function aggregateTable({ groupBy, aggregates: rows }: Aggregates): Table {
  return {
    columns: ["time", ...groupBy, ...figureColumns],
    rows: rows.map((row) => [row.time, ...groupBy.map((name) => row.group[name]), ...figureCells(row)]),
  };
}

function topTable({ of, entries }: TopList): Table {
  const groupBy = Object.hasOwn(topLists, of) ? topLists[of as keyof typeof topLists].groupBy : [];
  return {
    columns: [...groupBy, ...figureColumns],
    rows: entries.map((entry) => [...groupBy.map((name) => entry.group[name]), ...figureCells(entry)]),
  };
}

function sessionTable({ sessions }: SessionPage): Table {
  const columns = [
    "sessionId",
    "from",
    "to",
    "gateways",
    "agents",
    "decisions",
    "denials",
    "modelCalls",
    "inputTokens",
    "outputTokens",
    "costNanoDollars",
    "errors",
  ] as const;
  return {
    columns,
    rows: sessions.map((session) =>
      columns.map((column): Cell => {
        const value = session[column];
        return typeof value === "object" ? value.join(" ") : value;
      }),
    ),
  };
}
