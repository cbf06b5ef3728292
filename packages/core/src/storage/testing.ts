import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { freePort } from "../testing/freePort.ts";
import { type TableDefinition, type TableName, tables } from "./tables.ts";

/** A DynamoDB engine of its own for tests, with the tables of Gatehouse in it. */
export interface TestDatabase extends AsyncDisposable {
  readonly endpoint: string;
  readonly client: DynamoDBDocumentClient;
  /** The names of the tables in the engine. */
  readonly tables: Readonly<Record<TableName, string>>;
  stop(): Promise<void>;
}

/**
 * For tests only: starts dynoxide in memory on a free port of loopback and creates the tables.
 * Whoever starts it stops it; it also ends with the process that started it.
 */
export async function startTestDatabase(): Promise<TestDatabase> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const binary = join(dirname(createRequire(import.meta.url).resolve("@dynoxide/linux-x64/package.json")), "dynoxide");
  const engine = spawn(binary, ["serve", "--host", "127.0.0.1", "--port", String(port)], { stdio: "ignore" });
  const endWithUs = () => engine.kill("SIGKILL");
  process.once("exit", endWithUs);
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  await untilReady(client, engine);
  const names = Object.fromEntries(
    await Promise.all(
      Object.entries(tables).map(async ([name, definition]) => {
        await createTable(client, `gatehouse-${name}`, definition);
        return [name, `gatehouse-${name}`];
      }),
    ),
  ) as Record<TableName, string>; // The keys are those of `tables`.
  const stop = async () => {
    process.off("exit", endWithUs);
    client.destroy();
    if (engine.exitCode === null && engine.kill()) await once(engine, "exit");
  };
  return { endpoint, client, tables: names, stop, [Symbol.asyncDispose]: stop };
}

/** The client's own retries, with their back-off, are the waiting. */
async function untilReady(client: DynamoDBDocumentClient, engine: ChildProcess): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch (error) {
      if (engine.exitCode !== null || Date.now() > deadline) {
        throw new Error("The database engine doesn't answer; is @dynoxide/linux-x64 installed?", { cause: error });
      }
    }
  }
}

async function createTable(client: DynamoDBDocumentClient, name: string, definition: TableDefinition): Promise<void> {
  const schema = ({ hashKey, rangeKey }: { hashKey: string; rangeKey: string }) => [
    { AttributeName: hashKey, KeyType: "HASH" as const },
    { AttributeName: rangeKey, KeyType: "RANGE" as const },
  ];
  const indexes = Object.entries(definition.indexes);
  const attributes = new Set(
    [definition, ...Object.values(definition.indexes)].flatMap((k) => [k.hashKey, k.rangeKey]),
  );
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: schema(definition),
      AttributeDefinitions: [...attributes].map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
      ...(indexes.length === 0
        ? {}
        : {
            GlobalSecondaryIndexes: indexes.map(([IndexName, index]) => ({
              IndexName,
              KeySchema: schema(index),
              Projection: { ProjectionType: "ALL" as const },
            })),
          }),
    }),
  );
}
