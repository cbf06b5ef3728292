import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";
import type { TableDefinition } from "@gatehouse/core/storage/tables.ts";
import type { Topology } from "@gatehouse/functions/topology.ts";

/** The table's name in the database. */
export function tableName(name: string): string {
  return `gatehouse-${name}`;
}

/**
 * Creates the tables that aren't there yet, with their indexes and expiry, and waits until all can be used. The client
 * is configured by the environment, as the functions' own is.
 * @throws GatehouseError `internal` when the database doesn't answer.
 */
export async function createTables(endpoint: string, { tables }: Pick<Topology, "tables">): Promise<void> {
  const client = new DynamoDBClient({});
  try {
    await Promise.all(
      Object.entries(tables).map(([name, definition]) => createTable(client, tableName(name), definition)),
    );
  } catch (error) {
    throw new GatehouseError("internal", `The database at ${endpoint} can't be used: ${messageOf(error)}.`, {
      cause: error,
    });
  } finally {
    client.destroy();
  }
}

async function createTable(client: DynamoDBClient, name: string, definition: TableDefinition): Promise<void> {
  await client.send(new CreateTableCommand(createTableInput(name, definition))).catch((error: unknown) => {
    if (!(error instanceof ResourceInUseException)) throw error;
  });
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 30 }, { TableName: name });
  if (definition.ttl === undefined) return;
  const { TimeToLiveDescription: ttl } = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
  if (ttl?.TimeToLiveStatus === "ENABLED" || ttl?.TimeToLiveStatus === "ENABLING") return;
  const TimeToLiveSpecification = { AttributeName: definition.ttl, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
}

function createTableInput(name: string, { hashKey, rangeKey, indexes }: TableDefinition): CreateTableCommandInput {
  const keys = [{ hashKey, rangeKey }, ...Object.values(indexes)];
  const names = new Set(keys.flatMap((key) => [key.hashKey, key.rangeKey]));
  const secondary = Object.entries(indexes).map(([IndexName, key]) => ({
    IndexName,
    KeySchema: keySchema(key.hashKey, key.rangeKey),
    Projection: { ProjectionType: "ALL" as const },
  }));
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [...names].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    KeySchema: keySchema(hashKey, rangeKey),
    ...(secondary.length === 0 ? {} : { GlobalSecondaryIndexes: secondary }),
  };
}

function keySchema(hashKey: string, rangeKey: string) {
  return [
    { AttributeName: hashKey, KeyType: "HASH" as const },
    { AttributeName: rangeKey, KeyType: "RANGE" as const },
  ];
}
