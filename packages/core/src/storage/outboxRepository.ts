import { randomUUID } from "node:crypto";
import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";

const partition = "OUTBOX";

/** An entry that the bus has not taken yet. */
export interface OutboxItem {
  readonly id: string;
  readonly entry: PutEventsRequestEntry;
}

/** Where events wait while the bus cannot be reached. They are kept in the ledger table and never expire. */
export interface OutboxRepository {
  add(entry: PutEventsRequestEntry): Promise<void>;
  /** The oldest entries, at most `limit`. */
  oldest(limit: number): Promise<readonly OutboxItem[]>;
  remove(id: string): Promise<void>;
}

/** The outbox in the ledger table. */
export function outboxRepository({
  client,
  table,
}: {
  client: DynamoDBDocumentClient;
  table: string;
}): OutboxRepository {
  return {
    async add(entry) {
      const id = `${new Date().toISOString()}#${randomUUID()}`;
      await client.send(new PutCommand({ TableName: table, Item: { pk: partition, sk: id, entry } }));
    },
    async oldest(limit) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": partition },
          ConsistentRead: true,
          Limit: limit,
        }),
      );
      return Items.map((item) => ({ id: String(item.sk), entry: item.entry as PutEventsRequestEntry }));
    },
    async remove(id) {
      await client.send(new DeleteCommand({ TableName: table, Key: { pk: partition, sk: id } }));
    },
  };
}
