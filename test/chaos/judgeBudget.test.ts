import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { countedBudget } from "@gatehouse/core/evaluation/judge/countedBudget.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { type TokenCounts, tokenCountRepository } from "@gatehouse/core/storage/tokenCountRepository.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomFrom } from "../support/eventStream.ts";
import { type FaultyDatabase, startFaultyDatabase } from "../support/faultyDatabase.ts";

const seed = Number(process.env.GATEHOUSE_CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const noon = Date.UTC(2040, 0, 1, 12);
const limits = { tokensPerDay: 60_000, tokensPerMinute: 50_000, longestWaitMilliseconds: 0 };

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

/** How many tokens of a period are taken, and how many of them for questions that nobody has answered, as far as the table knows. */
async function kept(unit: "minute" | "day", begin: number): Promise<{ tokens: number; open: number }> {
  const Key = { pk: `JUDGE-TOKENS#${unit}`, sk: new Date(begin).toISOString() };
  const { Item = {} } = await database.client.send(new GetCommand({ TableName: database.tables.aggregates, Key }));
  const questions = Object.entries(Item).filter(([name]) => name.startsWith("question-"));
  return { tokens: Number(Item.tokens), open: questions.reduce((sum, [, tokens]) => sum + Number(tokens), 0) };
}

/** Counts in the table, and keeps what was given back for certain, and what perhaps. */
function watchedCounts() {
  const counts = tokenCountRepository({ client, table: database.tables.aggregates });
  const settled = { minute: { surely: 0, perhaps: 0 }, day: { surely: 0, perhaps: 0 } };
  const take: TokenCounts["take"] = async (request) => {
    const taken = await counts.take(request);
    if (taken.settle === undefined) return taken;
    const of = settled[request.period.unit];
    return {
      async settle(used) {
        try {
          await taken.settle(used);
          of.surely += used;
        } catch (error) {
          of.perhaps += used;
          throw error;
        }
      },
    };
  };
  return { counts: { take }, settled };
}

test("whatever the table loses, no tokens are taken or given back twice, and no more are used than there are", async () => {
  const random = randomFrom(seed);
  faulty.fateOf = () => {
    const drawn = random();
    if (drawn < 0.15) return "unanswered";
    if (drawn < 0.2) return "lost";
    if (drawn < 0.22) return "failed";
    return drawn < 0.24 ? "throttled" : "done";
  };
  const { counts, settled } = watchedCounts();
  const budget = countedBudget(limits, { counts, time: { now: () => noon, pause: async () => {} } });
  let [held, used, asked] = [0, 0, 0];
  const judge = async () => {
    for (let question = 0; question < 20; question++) {
      const tokens = 1 + Math.floor(random() * 3_000);
      const settle = await budget.take(tokens, undefined).catch(() => undefined);
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
  await Promise.all(Array.from({ length: 12 }, judge));

  expect(asked).toBeGreaterThan(30);
  for (const fate of ["unanswered", "lost", "failed", "throttled"] as const) {
    expect(faulty.fates[fate], fate).toBeGreaterThan(0);
  }
  for (const [unit, begin] of [
    ["day", noon - 43_200_000],
    ["minute", noon],
  ] as const) {
    const { tokens, open } = await kept(unit, begin);
    const { surely, perhaps } = settled[unit];
    expect(tokens - open, unit).toBeGreaterThanOrEqual(surely);
    expect(tokens - open, unit).toBeLessThanOrEqual(surely + perhaps);
  }
});
