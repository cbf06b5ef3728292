import { randomUUID } from "node:crypto";
import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Step } from "./configRepository.table.ts";
import { readable } from "./itemVersion.ts";

const partition = "OUTBOX";

/** An entry that the bus has not taken yet. */
export interface OutboxItem {
  readonly id: string;
  readonly entry: PutEventsRequestEntry;
}

/** Where events wait while the bus cannot be reached. They are kept in the ledger table and never expire. */
export interface OutboxRepository {
  add(entry: PutEventsRequestEntry): Promise<void>;
  /** An entry that gets into the outbox as a step of somebody's transaction, or not at all. */
  stage(entry: PutEventsRequestEntry): OutboxItem & { readonly step: Step };
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
  const put = (entry: PutEventsRequestEntry) => {
    const id = `${new Date().toISOString()}#${randomUUID()}`;
    return { id, write: { TableName: table, Item: { pk: partition, sk: id, entry } } };
  };
  return {
    async add(entry) {
      await client.send(new PutCommand(put(entry).write));
    },
    stage(entry) {
      const { id, write } = put(entry);
      return { id, entry, step: { write: { Put: write } } };
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
      return Items.map(readable).map((item) => ({ id: String(item.sk), entry: item.entry as PutEventsRequestEntry }));
    },
    async remove(id) {
      await client.send(new DeleteCommand({ TableName: table, Key: { pk: partition, sk: id } }));
    },
  };
}
