import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { configRepository } from "./configRepository.ts";
import { readable } from "./itemVersion.ts";
import { engineKey, gatewayKey, kinds } from "./keys.ts";
import { ledgerRepository } from "./ledgerRepository.ts";
import { outboxRepository } from "./outboxRepository.ts";
import { startTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const later = { itemVersion: 4 };
const told = { code: "internal", message: expect.stringContaining("reads versions up to 3") };

test.each([{}, { itemVersion: 1 }, { itemVersion: 2 }, { itemVersion: 3 }])("an item that says %j is read", (item) => {
  expect(readable({ pk: "a", sk: "b", ...item })).toMatchObject(item);
});

test.each([4, "4", Number.NaN, "of tomorrow"])("an item of version %s is not", (itemVersion) => {
  expect(() => readable({ pk: "a", sk: "b", itemVersion })).toThrow("reads versions up to 3");
});

test("a configuration that a later Gatehouse has written is not guessed at, alone or in a list", async () => {
  const { client, tables } = database;
  const put = (Item: Record<string, unknown>) => client.send(new PutCommand({ TableName: tables.config, Item }));
  await put({ ...gatewayKey("g"), ...later, gsi1pk: kinds.gateway, gsi1sk: "g" });
  await put({ ...engineKey("e"), ...later });
  const repository = configRepository({ client, table: tables.config });
  await expect(repository.getGateway("g")).rejects.toMatchObject(told);
  await expect(repository.versions("g")).rejects.toMatchObject(told);
  await expect(repository.loadGateway("g")).rejects.toMatchObject(told);
  await expect(repository.loadPolicyEngine("e")).rejects.toMatchObject(told);
  await expect(repository.listGateways({})).rejects.toMatchObject(told);
});

test("nor is an event in the outbox", async () => {
  const { client, tables } = database;
  const outbox = outboxRepository({ client, table: tables.ledger });
  await outbox.add({ Source: "gatehouse.gateway", DetailType: "ToolDecision", Detail: "{}" });
  const [waiting] = await outbox.oldest(1);
  const Key = { pk: "OUTBOX", sk: waiting?.id };
  const { Item } = await client.send(new GetCommand({ TableName: tables.ledger, Key }));
  await client.send(new PutCommand({ TableName: tables.ledger, Item: { ...Item, ...later } }));
  await expect(outbox.oldest(1)).rejects.toMatchObject(told);
});

test("nor is a row of the ledger", async () => {
  const { client, tables } = database;
  const [pk, sk] = ["DECISIONS#g#2026-11-22T10", "2026-11-22T10:00:00.000Z#1"];
  await client.send(new PutCommand({ TableName: tables.ledger, Item: { pk, sk, ...later, decision: "{}" } }));
  const query = { gatewayId: "g", from: new Date("2026-11-22T10:00:00Z"), to: new Date("2026-11-22T11:00:00Z") };
  const ledger = ledgerRepository({ client, table: tables.ledger });
  await expect(Array.fromAsync(ledger.decisions(query))).rejects.toMatchObject(told);
});
