import { randomUUID } from "node:crypto";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Effect } from "./effect.ts";
import { groupsOf, idOf, mergedIncrements } from "./increments.ts";
import { recordRepository } from "./recordRepository.ts";
import { startTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const effect = (more: Partial<Effect> = {}): Effect => ({
  row: { pk: "ROW", sk: randomUUID(), expiresAt: 1 },
  occurrences: [],
  increments: [],
  marks: [],
  ...more,
});
const counting = (sk: string, add: Record<string, number>): Effect["increments"] => [
  { table: "ledger", key: { pk: "COUNT", sk }, says: { expiresAt: 1 }, add },
];

test("T22 one that the tables refuse is given back, and holds up nothing of its batch", async () => {
  const { client, tables } = database;
  const recorder = recordRepository({ client, tables });
  const tooLarge = effect({ row: { pk: "ROW", sk: randomUUID(), text: "x".repeat(450_000) } });
  const good = Array.from({ length: 20 }, () => effect({ increments: counting("refused", { n: 1 }) }));
  expect(await recorder.put([...good.slice(0, 11), tooLarge, ...good.slice(11)])).toEqual([tooLarge]);
  // All of the others are there: told again, they change nothing.
  expect(await recorder.put(good)).toEqual([]);
  const counter = new GetCommand({
    TableName: tables.ledger,
    Key: { pk: "COUNT", sk: "refused" },
    ConsistentRead: true,
  });
  expect((await client.send(counter)).Item).toMatchObject({ n: 20 });
});

test("T22 what the database doesn't take now is an error, so that it is delivered again", async () => {
  const { client, tables } = database;
  const nowhere = recordRepository({ client, tables: { ...tables, ledger: "gone" } });
  await expect(nowhere.put([effect()])).rejects.toThrow();
});

test("effects share a transaction up to its limits", () => {
  const sharedOf = ({ increments }: Effect) => increments.map(idOf);
  const sizes = (effects: readonly Effect[]) => groupsOf(effects, sharedOf).map(({ length }) => length);
  expect(sizes(Array.from({ length: 250 }, () => effect()))).toEqual([100, 100, 50]);
  // One counter for all of them takes a place as well.
  expect(sizes(Array.from({ length: 100 }, () => effect({ increments: counting("a", { n: 1 }) })))).toEqual([99, 1]);
  expect(sizes(Array.from({ length: 60 }, (_, i) => effect({ increments: counting(`${i}`, { n: 1 }) })))).toEqual([
    50, 10,
  ]);
  const large = effect({ row: { pk: "a", sk: "b", text: "é".repeat(150_000) } });
  expect(sizes(Array.from({ length: 15 }, () => large))).toEqual([9, 6]);
});

test("increments of one item are added up", () => {
  const [sum, ...others] = mergedIncrements([
    ...counting("a", { n: 1, m: 2 }),
    ...counting("a", { n: 3 }).map((increment) => ({ ...increment, include: { minutes: 5 } })),
    ...counting("a", {}).map((increment) => ({ ...increment, include: { minutes: 7 } })),
  ]);
  expect(others).toEqual([]);
  expect([...(sum?.add ?? [])]).toEqual([
    ["n", 4],
    ["m", 2],
  ]);
  expect([...(sum?.include ?? [])]).toEqual([["minutes", new Set([5, 7])]]);
});
