import { randomUUID } from "node:crypto";
import { QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countIn } from "../../observability/histogram.ts";
import { aggregateRepository } from "../aggregateRepository.ts";
import type { Effect } from "../effect.ts";
import { recordRepository } from "../recordRepository.ts";
import { startTestDatabase, type TestDatabase } from "../testing.ts";
import { compaction } from "./compaction.ts";
import { blocksPartition, type ViewName } from "./items.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const date = "2026-11-20";
const nextDay = new Date("2026-11-21T00:30:00Z");
const cube = "calls";
const effect = (scope: string, time: number): Effect => ({
  row: { pk: "ROW", sk: randomUUID(), expiresAt: 1 },
  occurrences: [
    {
      cube,
      scope,
      dimensions: { tool: `tool-${time % 3}`, principal: `user-${time % 7}` },
      time: Date.parse(date) + time * 60_000,
      durationMicroseconds: time + 1,
      measures: {},
    },
  ],
  increments: [],
  marks: [],
});
const parts = () => {
  const { client, tables } = database;
  return {
    recorder: recordRepository({ client, tables, drawMerge: () => false }),
    merging: compaction({ client, table: tables.aggregates }),
    aggregates: aggregateRepository({ client, table: tables.aggregates }),
  };
};
/** One block for each. */
const record = async (scope: string, from: number, count: number) => {
  for (let time = from; time < from + count; time++) await parts().recorder.put([effect(scope, time)]);
};
const blocks = async (scope: string, view: ViewName) => {
  const { client, tables } = database;
  const values = { ":pk": blocksPartition(view, cube, scope) };
  const input = { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: values, ConsistentRead: true };
  const { Items = [] } = await client.send(new QueryCommand({ TableName: tables.aggregates, ...input }));
  return Items.length;
};
const range = { from: new Date(date), to: new Date("2026-11-21T00:00:00Z") };
const total = async (scope: string, more: { resolution: "minute" | "hour" | "day"; wide?: boolean }) => {
  const cells = await Array.fromAsync(parts().aggregates.cells({ cube, scope, ...range, ...more }));
  return cells.reduce((sum, { durations }) => sum + countIn(durations), 0);
};
const looks = [
  { resolution: "minute" },
  { resolution: "hour" },
  { resolution: "day" },
  { resolution: "hour", wide: true },
] as const;

test("new blocks are merged once there are enough of them, and these again; each look says the same before and after", async () => {
  const scope = `merged-${randomUUID()}`;
  const day = { cube, scope, date } as const;
  const { merging } = parts();
  await record(scope, 0, 15);
  await merging.merge(day);
  expect([await blocks(scope, "new"), await blocks(scope, "minutes")]).toEqual([15, 0]);
  for (let round = 0; round < 16; round++) {
    await record(scope, 15 + round * 16, 16);
    await merging.merge(day);
    for (const look of looks) expect(await total(scope, look)).toBe(15 + (round + 1) * 16);
  }
  // The sixteenth merge made one block of those before it.
  for (const view of ["minutes", "hours", "wideHours"] as const) expect(await blocks(scope, view)).toBe(1);
  expect(await blocks(scope, "new")).toBe(0);
});

test("a day that is over is one block a view, and is closed again after what comes late", async () => {
  const scope = `closed-${randomUUID()}`;
  const { merging } = parts();
  await record(scope, 0, 70);
  expect(await merging.close(nextDay)).toBeGreaterThanOrEqual(1);
  for (const view of ["minutes", "hours", "wideHours"] as const) expect(await blocks(scope, view)).toBe(1);
  expect(await blocks(scope, "new")).toBe(0);
  expect(await merging.close(nextDay)).toBe(0);
  await record(scope, 100, 1);
  expect(await merging.close(nextDay)).toBe(1);
  expect(await blocks(scope, "minutes")).toBe(1);
  for (const look of looks) expect(await total(scope, look)).toBe(71);
  // Today isn't over.
  await record(scope, 101, 1);
  expect(await merging.close(new Date(`${date}T23:59:59Z`))).toBe(0);
});

test("T22 who reads while blocks are merged, by several at once, reads each count once", async () => {
  const scope = `contended-${randomUUID()}`;
  const day = { cube, scope, date } as const;
  const count = 100;
  await record(scope, 0, count);
  let isMerging = true;
  const mergers = [1, 2, 3].map(async () => {
    const { merging } = parts();
    while ((await blocks(scope, "new")) >= 16) await merging.merge(day);
    await merging.close(nextDay);
  });
  const readers = looks.map(async (look) => {
    const totals = [];
    do totals.push(await total(scope, look));
    while (isMerging);
    return totals;
  });
  await Promise.all(mergers);
  isMerging = false;
  expect(new Set((await Promise.all(readers)).flat())).toEqual(new Set([count]));
  expect(await blocks(scope, "new")).toBe(0);
});

test("T22 what is merged between two readings is neither missed nor counted twice", async () => {
  const scope = `between-${randomUUID()}`;
  const count = 40;
  await record(scope, 0, count);
  const newRead = Promise.withResolvers<void>();
  let merges = 0;
  const { client } = database;
  // The blocks of the view are read once those that were new have been, and have been merged.
  client.middlewareStack.add(
    (next) => async (args) => {
      const { ExpressionAttributeValues: values = {} } = args.input as Partial<QueryCommandInput>;
      const isOf = (view: ViewName) => values[":pk"] === blocksPartition(view, cube, scope);
      if (isOf("minutes") && merges++ === 0) {
        await newRead.promise;
        await parts().merging.merge({ cube, scope, date });
      }
      const answer = await next(args);
      if (isOf("new")) newRead.resolve();
      return answer;
    },
    { step: "initialize", priority: "high", name: "between" },
  );
  try {
    expect(await total(scope, { resolution: "minute" })).toBe(count);
  } finally {
    client.middlewareStack.remove("between");
  }
  expect(await blocks(scope, "new")).toBe(0);
});
