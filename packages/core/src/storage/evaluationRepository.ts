import { type DynamoDBDocumentClient, paginateQuery, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { BetterScore } from "../observability/betterScore.ts";
import { occurrenceOfEvaluation } from "../observability/cubes.ts";
import { type EvaluationCompleted, evaluationCompleted } from "../observability/events.ts";
import type { Effect, Increment } from "./effect.ts";
import { readable } from "./itemVersion.ts";
import { packed, unpacked } from "./packed.ts";
import { daysKept, expiry } from "./retention.ts";
import { sessionPartition } from "./sessionItems.ts";

/** Reads what evaluators have said, from the ledger. */
export interface EvaluationRepository {
  /** The evaluations of a session, in no particular order. */
  ofSession(sessionId: string): AsyncIterable<EvaluationCompleted>;
  /**
   * Those of a configuration in the order in which they were made, or against it, within one hour; one that was recorded a
   * moment ago may not be there yet.
   */
  inHour(query: EvaluationQuery): AsyncIterable<EvaluationCompleted>;
}

/** Which evaluations: those that were made from one moment (inclusive) to another (exclusive), both of one hour (UTC). */
export interface EvaluationQuery {
  readonly configId: string;
  readonly from: Date;
  readonly to: Date;
  readonly descending: boolean;
  /** Ends the reading with its reason, before the next request to the table. */
  readonly signal?: AbortSignal;
}

/** A score, as it is kept beside the counts. */
export interface KeptScore {
  readonly evaluationId: string;
  readonly value: number;
  readonly label: string;
  readonly sessionId: string;
  readonly agent?: string;
  /** When what was judged was over, in milliseconds since 1970. */
  readonly time: number;
}

/** Which scores: of what was over on a day (UTC, as in `2026-11-20`). */
export interface WorstScoresQuery {
  readonly configId: string;
  readonly evaluatorId: string;
  readonly better: BetterScore;
  readonly date: string;
  readonly limit: number;
}

/** Evaluations in the ledger's table: rows in the partitions of their sessions, in the index a partition a configuration and hour. */
export function evaluationRepository({
  client,
  table,
}: {
  client: DynamoDBDocumentClient;
  table: string;
}): EvaluationRepository {
  return {
    async *ofSession(sessionId) {
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :evaluation)",
          ExpressionAttributeValues: { ":pk": sessionPartition(sessionId), ":evaluation": evaluationPrefix },
        },
      );
      for await (const { Items = [] } of pages) {
        for (const item of Items) yield evaluationCompleted.parse(unpacked(readable(item).evaluation));
      }
    },
    async *inHour({ configId, from, to, descending, signal }) {
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          IndexName: "byKind",
          KeyConditionExpression: "gsi1pk = :pk AND gsi1sk BETWEEN :from AND :to",
          ExpressionAttributeValues: {
            ":pk": hourPartition(configId, from.toISOString()),
            ":from": from.toISOString(),
            ":to": to.toISOString(),
          },
          ScanIndexForward: !descending,
        },
      );
      for await (const { Items = [] } of pages) {
        signal?.throwIfAborted();
        for (const item of Items) yield evaluationCompleted.parse(unpacked(readable(item).evaluation));
      }
    },
  };
}

/** The worst scores of a day, the worst first: in the table of aggregates, a partition a configuration, evaluator and day. */
export async function worstScores(
  { client, table }: { readonly client: DynamoDBDocumentClient; readonly table: string },
  { configId, evaluatorId, better, date, limit }: WorstScoresQuery,
): Promise<readonly KeptScore[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": scoresPartition(configId, evaluatorId, date) },
      ScanIndexForward: better === "higher",
      Limit: limit,
    }),
  );
  return Items.map(readable).map(({ sk, value, label, sessionId, agent, time }) => ({
    evaluationId: String(sk).slice(String(sk).indexOf("#") + 1),
    value: Number(value),
    label: String(label),
    sessionId: String(sessionId),
    ...(agent === undefined ? {} : { agent: String(agent) }),
    time: Number(time),
  }));
}

/** What follows from an evaluation: its row beside the session, what it counts, and where its score is among the others. */
export function effectOfEvaluation(evaluation: EvaluationCompleted): Effect {
  const { evaluationId, sessionId, time, evaluatedAt, config } = evaluation;
  return {
    row: {
      pk: sessionPartition(sessionId),
      sk: `${evaluationPrefix}${evaluationId}`,
      gsi1pk: hourPartition(config.id, evaluatedAt),
      gsi1sk: `${evaluatedAt}#${evaluationId}`,
      evaluation: packed(evaluation),
      expiresAt: expiry(time, daysKept.evaluations),
    },
    occurrences: [occurrenceOfEvaluation(evaluation)],
    increments: scoreOf(evaluation),
    marks: [],
  };
}

const evaluationPrefix = "EVALUATION#";

function hourPartition(configId: string, time: string): string {
  return `EVALUATIONS#${configId}#${time.slice(0, 13)}`;
}

/** Written in the row's own transaction: what a second judgement of the same would say is never there. */
function scoreOf({ evaluationId, config, evaluator, time, ...evaluation }: EvaluationCompleted): Increment[] {
  const { value, label, sessionId, agent } = evaluation;
  if (value === undefined || label === undefined) return [];
  return [
    {
      table: "aggregates",
      key: {
        pk: scoresPartition(config.id, evaluator.id, time.slice(0, 10)),
        sk: `${sortable(value)}#${evaluationId}`,
      },
      says: {
        value,
        label,
        sessionId,
        ...(agent === undefined ? {} : { agent }),
        time: Date.parse(time),
        expiresAt: expiry(time, daysKept.evaluations),
      },
      add: {},
    },
  ];
}

function scoresPartition(configId: string, evaluatorId: string, date: string): string {
  return `SCORES#${configId}#${evaluatorId}#${date}`;
}

const largest = 1e9;

/** A number as text whose order is that of numbers, to the millionth: those beyond a billion are as good as a billion. */
function sortable(value: number): string {
  const within = Math.min(largest, Math.max(-largest, value));
  return String(Math.round((within + largest) * 1e6)).padStart(16, "0");
}
