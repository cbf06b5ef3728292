import { setTimeout as delay } from "node:timers/promises";
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type DynamoDBDocumentClient,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import { type ToolDecision, toolDecision } from "../observability/events.ts";

const retentionSeconds = 90 * 24 * 3_600;
const maxBatch = 25;
const maxAttempts = 6;
const hour = 3_600_000;

/** Which decisions: of one gateway, from one moment (inclusive) to another (exclusive). */
export interface DecisionQuery {
  readonly gatewayId: string;
  readonly from: Date;
  readonly to: Date;
}

/** The ledger: what was decided, kept for 90 days. */
export interface LedgerRepository {
  /**
   * Writes decisions. A decision's key derives from its id, so writing it again changes nothing: delivery at least once
   * becomes an effect of exactly once.
   */
  putDecisions(decisions: readonly ToolDecision[]): Promise<void>;
  /** Decisions in the order of time. */
  decisions(query: DecisionQuery): AsyncIterable<ToolDecision>;
}

/** The ledger in its table: a partition a gateway and hour, a row a decision. */
export function ledgerRepository({
  client,
  table,
}: {
  client: DynamoDBDocumentClient;
  table: string;
}): LedgerRepository {
  async function writeBatch(decisions: readonly ToolDecision[]): Promise<void> {
    let pending: BatchWriteCommandInput["RequestItems"] = {
      [table]: decisions.map((decision) => ({ PutRequest: { Item: itemOf(decision) } })),
    };
    for (let attempt = 1; pending !== undefined && Object.keys(pending).length > 0; attempt++) {
      if (attempt > maxAttempts) throw new Error("The ledger did not take every decision.");
      if (attempt > 1) await delay(Math.random() * 50 * 2 ** attempt);
      ({ UnprocessedItems: pending } = await client.send(new BatchWriteCommand({ RequestItems: pending })));
    }
  }

  async function* partition(pk: string, { from, to }: DecisionQuery): AsyncGenerator<ToolDecision> {
    let start: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
          ExpressionAttributeValues: { ":pk": pk, ":from": from.toISOString(), ":to": to.toISOString() },
          ConsistentRead: true,
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        }),
      );
      for (const item of page.Items ?? []) yield toolDecision.parse(JSON.parse(String(item.decision)));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  return {
    async putDecisions(decisions) {
      // A batch may not name a key twice, and a redelivered event can stand beside its first delivery.
      const unique = [...new Map(decisions.map((decision) => [decision.decisionId, decision])).values()];
      for (let index = 0; index < unique.length; index += maxBatch)
        await writeBatch(unique.slice(index, index + maxBatch));
    },
    async *decisions(query) {
      for (let time = Math.floor(query.from.getTime() / hour) * hour; time < query.to.getTime(); time += hour) {
        yield* partition(partitionOf(query.gatewayId, new Date(time).toISOString()), query);
      }
    },
  };
}

function itemOf(decision: ToolDecision): Record<string, unknown> {
  const { gateway, time, decisionId, sessionId } = decision;
  const expiresAt = Math.floor(Date.parse(time) / 1_000) + retentionSeconds;
  const session = sessionId === undefined ? {} : { gsi1pk: `SESSION#${sessionId}`, gsi1sk: `${time}#${decisionId}` };
  // As text: a map of typed attributes is larger, and takes twice as long to write.
  const text = JSON.stringify(decision);
  return { pk: partitionOf(gateway.id, time), sk: `${time}#${decisionId}`, decision: text, expiresAt, ...session };
}

function partitionOf(gatewayId: string, time: string): string {
  return `DECISIONS#${gatewayId}#${time.slice(0, 13)}`;
}
