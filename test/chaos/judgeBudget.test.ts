import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { countedBudget } from "@gatehouse/core/evaluation/judge/countedBudget.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { tokenCountRepository } from "@gatehouse/core/storage/tokenCountRepository.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomFrom } from "../support/eventStream.ts";
import { type FaultyDatabase, startFaultyDatabase } from "../support/faultyDatabase.ts";

const seed = Number(process.env.GATEHOUSE_CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const noon = Date.UTC(2040, 0, 1, 12);
const limits = { tokensPerDay: 40_000, tokensPerMinute: 30_000, longestWaitMilliseconds: 0 };

let database: TestDatabase;
let faulty: FaultyDatabase;
let client: DynamoDBDocumentClient;
beforeAll(async () => {
  console.log(`The seed is ${seed}.`);
  database = await startTestDatabase();
  faulty = await startFaultyDatabase(database.endpoint);
  client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: faulty.url,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    }),
  );
});
afterAll(async () => {
  client?.destroy();
  await faulty?.[Symbol.asyncDispose]();
  await database?.stop();
});

async function kept(unit: "minute" | "day", begin: number): Promise<number> {
  const Key = { pk: `JUDGE-TOKENS#${unit}`, sk: new Date(begin).toISOString() };
  const { Item } = await database.client.send(new GetCommand({ TableName: database.tables.aggregates, Key }));
  return Number(Item?.tokens ?? 0);
}

test("whatever the table loses, what judges have taken never exceeds their budget, and nothing is given back twice", async () => {
  const random = randomFrom(seed);
  faulty.fateOf = () => {
    const drawn = random();
    if (drawn < 0.15) return "unanswered";
    if (drawn < 0.25) return "lost";
    if (drawn < 0.3) return "failed";
    return drawn < 0.35 ? "throttled" : "done";
  };
  const processes = Array.from({ length: 4 }, () =>
    countedBudget(limits, {
      counts: tokenCountRepository({ client, table: database.tables.aggregates }),
      time: { now: () => noon, pause: async () => {} },
    }),
  );
  let [held, used, asked] = [0, 0, 0];
  const judge = async (index: number) => {
    for (let question = 0; question < 20; question++) {
      const tokens = 1 + Math.floor(random() * 3_000);
      const settle = await processes[index % 4]?.take(tokens, undefined).catch(() => undefined);
      if (settle === undefined) continue;
      asked++;
      held += tokens;
      expect(held + used).toBeLessThanOrEqual(limits.tokensPerMinute);
      const share = Math.floor((tokens * random()) / 4);
      // From here on the rest may be somebody else's.
      held -= tokens;
      used += share;
      await settle(share);
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, index) => judge(index)));

  expect(asked).toBeGreaterThan(30);
  for (const fate of ["unanswered", "lost", "failed", "throttled"] as const) {
    expect(faulty.fates[fate], fate).toBeGreaterThan(0);
  }
  // What could not be given back stays taken; but nobody has got it twice.
  expect(await kept("day", noon - 43_200_000)).toBeGreaterThanOrEqual(used);
  expect(await kept("minute", noon)).toBeGreaterThanOrEqual(used);
});
