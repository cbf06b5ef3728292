import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { EventBridgeClient, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import type { OnlineEvaluation } from "@gatehouse/core/evaluation/online/config.ts";
import type { EvaluationCompleted } from "@gatehouse/core/observability/events.ts";
import { type QueuedEvent, recordEvents } from "@gatehouse/core/observability/record.ts";
import { packSpans } from "@gatehouse/core/observability/spans/pack.ts";
import { sweepOutbox } from "@gatehouse/core/observability/sweep.ts";
import { aggregateRepository } from "@gatehouse/core/storage/aggregateRepository.ts";
import { evaluationRepository } from "@gatehouse/core/storage/evaluationRepository.ts";
import { outboxRepository } from "@gatehouse/core/storage/outboxRepository.ts";
import { recordRepository } from "@gatehouse/core/storage/recordRepository.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { messageOf, randomFrom, shuffled } from "../support/eventStream.ts";
import { spanAt } from "../support/observed.ts";
import { deliverAll } from "../support/testQueue.ts";
import { serveWeb, type WebServer } from "../support/webServer.ts";

/** How many sessions there are, of which a tenth is evaluated: in passing some hundreds, by hand as many as you like. */
const count = Number(process.env.GATEHOUSE_CHAOS_SESSIONS ?? 240);
const seed = Number(process.env.GATEHOUSE_CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const milliseconds = 240_000 + count * 150;
const start = Date.UTC(2026, 10, 20, 10, 0);
const minute = 60_000;

const sessions = Array.from({ length: count }, (_, index) => `session-${index}`);
/** Of each session, how many turns it has: 1 to 4. */
const turnsOf = (session: string) => 1 + (Number(session.slice("session-".length)) % 4);
/** The tenth that is evaluated, worked out in another way than the code does. */
const sampled = sessions.filter(
  (id) =>
    createHash("sha256").update(id).digest("hex").slice(0, 12) <
    Math.floor(2 ** 48 / 10)
      .toString(16)
      .padStart(12, "0"),
);

let database: TestDatabase;
let bus: WebServer;
let random: () => number;
/** What the bus has taken, in the order in which it came. */
const taken: { readonly type: string; readonly detail: unknown }[] = [];
beforeAll(async () => {
  console.log(`The seed is ${seed}.`);
  random = randomFrom(seed);
  database = await startTestDatabase();
  bus = await serveWeb(async (request) => {
    const { Entries } = (await request.json()) as { Entries: PutEventsRequestEntry[] };
    // Now and then it takes what it is given, and nobody hears of it.
    taken.push(
      ...Entries.map(({ DetailType = "", Detail = "" }) => ({ type: DetailType, detail: JSON.parse(Detail) })),
    );
    if (random() < 0.05) return Response.json({ __type: "InternalException" }, { status: 500 });
    return Response.json({ FailedEntryCount: 0, Entries: Entries.map((_, index) => ({ EventId: String(index) })) });
  });
  await happened();
}, milliseconds);
afterAll(async () => {
  await database?.stop();
  await bus?.[Symbol.asyncDispose]();
});

/** Every session has its turns, a minute after the other, and all of them are over after twenty minutes. */
async function happened(): Promise<void> {
  const { client, tables } = database;
  const repository = recordRepository({ client, tables });
  const spans = sessions.flatMap((sessionId, index) =>
    Array.from({ length: turnsOf(sessionId) }, (_, turn) => {
      const traceId = createHash("md5").update(`${sessionId} ${turn}`).digest("hex");
      const attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "agent",
        "session.id": sessionId,
      };
      const time = new Date(start + (index % 16) * minute + turn * minute);
      return { sessionId, span: spanAt(time, traceId, { name: "invoke_agent", attributes }) };
    }),
  );
  const batches = Array.from({ length: Math.ceil(spans.length / 200) }, (_, at) =>
    spans.slice(at * 200, at * 200 + 200),
  );
  await eachOf(batches, 4, async (batch) => {
    const events = packSpans(batch, { source: "agent", sender: "key" });
    expect(await recordEvents(events.map(messageOf), repository)).toEqual([]);
  });
}

/** Some at a time: one after the other they would take their time. */
async function eachOf<T>(values: readonly T[], atATime: number, act: (value: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < values.length; at += atATime) await Promise.all(values.slice(at, at + atATime).map(act));
}

const configNamed = (configId: string): OnlineEvaluation => ({
  configId,
  configArn: `arn:${configId}`,
  enabledAt: start,
  samplingPercentage: 10,
  filters: [],
  sessionTimeoutMinutes: 15,
  serviceNames: ["agent"],
  evaluatorIds: ["Test.Session", "Test.Turn"],
});

/** Who works on messages: how many processes, and of how many batches one is killed at any moment. */
interface Workers {
  readonly recorders: number;
  readonly kills: number;
}

/** Has processes work on messages, and delivers what wasn't acknowledged again. */
async function work(config: OnlineEvaluation, workers: Workers, messages: readonly QueuedEvent[], batchSize: number) {
  return await deliverAll({
    ...{ ...workers, messages, random, batchSize, repeats: 0.2 },
    tables: database.tables,
    module: fileURLToPath(new URL("../support/onlineWorker.ts", import.meta.url)),
    environment: {
      AWS_ENDPOINT_URL_DYNAMODB: database.endpoint,
      AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      ONLINE_CONFIG: JSON.stringify(config),
    },
  });
}

/** Brings what waits in the outbox to the bus. */
async function sweep(): Promise<void> {
  const { client, tables } = database;
  const eventBridge = new EventBridgeClient({
    ...{ region: "us-east-1", endpoint: bus.url, maxAttempts: 5 },
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await sweepOutbox({ eventBridge, outbox: outboxRepository({ client, table: tables.ledger }) });
  eventBridge.destroy();
}

const detailsOf = <T>(type: string, configId: string): T[] =>
  taken.flatMap(({ type: one, detail }) => {
    const { config } = detail as { config?: { id: string }; configId?: string };
    const id = config?.id ?? (detail as { configId?: string }).configId;
    return one === type && id === configId ? [detail as T] : [];
  });

test.each<[string, Workers]>([
  ["killed at random", { recorders: 2, kills: 0.3 }],
  ["left alone", { recorders: 1, kills: 0 }],
])(
  "of many sessions the same tenth is evaluated on every run, each once, whether the evaluators are %s",
  async (configId, workers) => {
    const { client, tables } = database;
    const config = configNamed(configId);
    // Sessions are ended minute by minute, by processes that die of it.
    const minutes = Array.from({ length: 8 }, (_, index) => start + (12 + 4 * index) * minute);
    const ending = [...minutes, start + 60 * minute].map((now, index) => ({
      messageId: `ending-${index}`,
      body: JSON.stringify({ "detail-type": "Scheduled Event", detail: { now } }),
    }));
    const ended = await work(config, workers, shuffled(ending, random), 2);
    await sweep();
    type Ended = { sessionId: string };
    expect(new Set(detailsOf<Ended>("SessionEnded", configId).map(({ sessionId }) => sessionId))).toEqual(
      new Set(sampled),
    );

    // The bus tells of one of them twice at least, and so does the queue.
    const told = detailsOf<Ended>("SessionEnded", configId);
    const messages = [...told, ...told.slice(0, 1)].map((detail, index) => ({
      messageId: `session-${index}`,
      body: JSON.stringify({ "detail-type": "SessionEnded", detail }),
    }));
    const evaluated = await work(config, workers, messages, Math.max(8, Math.ceil(count / 400)));
    await sweep();
    expect(ended.kills + evaluated.kills > 0).toBe(workers.kills > 0);
    expect(evaluated.deliveries).toBeGreaterThan(sampled.length);

    const completed = detailsOf<EvaluationCompleted>("EvaluationCompleted", configId);
    const repository = recordRepository({ client, tables });
    const events = shuffled(completed, random).map((detail) => messageOf({ type: "EvaluationCompleted", detail }));
    for (let at = 0; at < events.length; at += 100) {
      expect(await recordEvents(events.slice(at, at + 100), repository)).toEqual([]);
    }
    await expectEvaluatedOnce(configId);
  },
  milliseconds,
);

/** The ledger, the counts and the scores say what there was to judge: no more, no less. */
async function expectEvaluatedOnce(configId: string): Promise<void> {
  const { client, tables } = database;
  const evaluations = evaluationRepository({ client, table: tables.ledger });
  await eachOf(sessions, 16, async (session) => {
    const own = await Array.fromAsync(evaluations.ofSession(session));
    const said = own
      .filter(({ config }) => config.id === configId)
      .map(({ evaluator, value }) => [evaluator.id, value]);
    const turns = turnsOf(session);
    const expected = [
      ["Test.Session", turns / 4],
      ...Array.from({ length: turns }, (_, turn) => ["Test.Turn", (turn + 1) / 4]),
    ];
    expect(said.sort(), session).toEqual(sampled.includes(session) ? expected.sort() : []);
  });

  const counted = new Map<string, { count: number; sum: number }>();
  const range = { from: new Date(start), to: new Date(start + 60 * minute) };
  const aggregates = aggregateRepository({ client, table: tables.aggregates });
  for await (const { dimensions, measures } of aggregates.cells({
    ...{ cube: "evaluations", scope: configId, resolution: "minute" },
    ...range,
  })) {
    const sofar = counted.get(dimensions.evaluator ?? "") ?? { count: 0, sum: 0 };
    counted.set(dimensions.evaluator ?? "", {
      count: sofar.count + (measures.scores ?? 0),
      sum: sofar.sum + (measures.scoreMillionths ?? 0),
    });
  }
  const turns = sampled.map(turnsOf);
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  expect(Object.fromEntries(counted)).toEqual({
    "Test.Session": { count: sampled.length, sum: sum(turns) * 250_000 },
    "Test.Turn": { count: sum(turns), sum: sum(turns.map((n) => (n * (n + 1)) / 2)) * 250_000 },
  });

  const worst = await aggregates.worstScores({
    ...{ configId, evaluatorId: "Test.Session", better: "higher", date: "2026-11-20", limit: 10_000 },
  });
  expect(worst.map(({ sessionId, value }) => `${sessionId} ${value}`).sort()).toEqual(
    sampled.map((id) => `${id} ${turnsOf(id) / 4}`).sort(),
  );
  expect(worst.map(({ value }) => value)).toEqual(worst.map(({ value }) => value).sort());
}
