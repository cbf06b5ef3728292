import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { evaluatorFinder } from "@gatehouse/core/evaluation/evaluators/find.ts";
import type { OnlineEvaluation } from "@gatehouse/core/evaluation/online/config.ts";
import { evaluateSession, type OnlineDependencies } from "@gatehouse/core/evaluation/online/evaluateSession.ts";
import { endSessions } from "@gatehouse/core/evaluation/online/sessionEnd.ts";
import { createEventOutbox } from "@gatehouse/core/observability/eventOutbox.ts";
import { createPublisher } from "@gatehouse/core/observability/publisher.ts";
import { recordEvents } from "@gatehouse/core/observability/record.ts";
import { packSpans } from "@gatehouse/core/observability/spans/pack.ts";
import { evaluationRepository } from "@gatehouse/core/storage/evaluationRepository.ts";
import { ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import { outboxRepository } from "@gatehouse/core/storage/outboxRepository.ts";
import { recordRepository } from "@gatehouse/core/storage/recordRepository.ts";
import { sessionEndRepository } from "@gatehouse/core/storage/sessionEndRepository.ts";
import { spanRepository } from "@gatehouse/core/storage/spanRepository.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { messageOf } from "../../test/support/eventStream.ts";
import { round, summary } from "../statistics.ts";
import { instantModel, judgesBefore } from "./judge.ts";
import { lastActivityOf, sessionSpans } from "./session.ts";

const sessions = Array.from({ length: 100 }, (_, index) => `session-${index}`);
const size = { turns: 5 };
const rounds = 3;
const hour = 3_600_000;
const config: OnlineEvaluation = {
  configId: "bench",
  configArn: "arn:bench",
  enabledAt: lastActivityOf(size) - hour,
  samplingPercentage: 100,
  filters: [],
  sessionTimeoutMinutes: 15,
  serviceNames: ["shop"],
  evaluatorIds: ["Builtin.Helpfulness", "Builtin.GoalSuccessRate", "Gatehouse.ToolSuccessRate"],
};

/**
 * How many sessions a second are evaluated, and come to their end, in one process with the embedded engine's tables, a model
 * that takes no time, and a bus that takes everything.
 * @param url of the bus.
 */
export async function measureOnline(url: string) {
  await using database = await startTestDatabase();
  const eventBridge = new EventBridgeClient({
    ...{ region: "us-east-1", endpoint: url },
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  await record(database);
  const rates = {
    "evaluated, one at a time": await evaluatedPerSecond(database, eventBridge, 1),
    "evaluated, four at a time": await evaluatedPerSecond(database, eventBridge, 4),
    "evaluated, sixteen at a time": await evaluatedPerSecond(database, eventBridge, 16),
    ended: await endedPerSecond(database, eventBridge),
  };
  eventBridge.destroy();
  return {
    "turns of a session": size.turns,
    "spans of a session": sessionSpans("", size).length,
    "verdicts about a session": size.turns + 2,
    "sessions a second": rates,
  };
}

async function record({ client, tables }: TestDatabase): Promise<void> {
  const repository = recordRepository({ client, tables });
  for (const sessionId of sessions) {
    const spans = sessionSpans(sessionId, size).map((span) => ({ span, sessionId }));
    const failed = await recordEvents(
      packSpans(spans, { source: "agent", sender: "bench" }).map(messageOf),
      repository,
    );
    if (failed.length > 0) throw new Error("Spans were not recorded.");
  }
}

async function evaluatedPerSecond({ client, tables }: TestDatabase, eventBridge: EventBridgeClient, atATime: number) {
  const ledger = { client, table: tables.ledger };
  const dependencies: OnlineDependencies = {
    configOf: async () => config,
    evaluatorOf: evaluatorFinder({
      repository: { getEvaluator: async () => undefined },
      invoke: () => Promise.reject(new Error("There is no evaluator that is code.")),
      judges: judgesBefore(instantModel),
    }),
    spans: spanRepository(ledger),
    ledger: ledgerRepository(ledger),
    evaluations: evaluationRepository(ledger),
    publisher: createPublisher({ eventBridge, bus: "bench", outbox: outboxRepository(ledger) }),
    now: () => new Date(),
    signal: new AbortController().signal,
  };
  const lastActivity = new Date(lastActivityOf(size)).toISOString();
  return ratePerSecond(async () => {
    const left = [...sessions];
    const work = async () => {
      for (let sessionId = left.pop(); sessionId !== undefined; sessionId = left.pop()) {
        const { completed } = await evaluateSession(
          { configId: config.configId, sessionId, lastActivity },
          dependencies,
        );
        const verdicts = completed.filter(({ label }) => label !== undefined);
        if (verdicts.length !== size.turns + 2) throw new Error(`There are ${verdicts.length} verdicts.`);
      }
    };
    await Promise.all(Array.from({ length: atATime }, work));
  });
}

/** Of a configuration that knows none of them, each time. */
async function endedPerSecond({ client, tables }: TestDatabase, eventBridge: EventBridgeClient) {
  const ledger = { client, table: tables.ledger };
  let round = 0;
  return ratePerSecond(async () => {
    const count = await endSessions(
      { ...config, configId: `bench-${round++}` },
      {
        sessions: sessionEndRepository(ledger),
        outbox: createEventOutbox({ eventBridge, bus: "bench", outbox: outboxRepository(ledger) }),
        now: new Date(lastActivityOf(size) + hour),
        signal: new AbortController().signal,
        ended: new Set(),
      },
    );
    if (count !== sessions.length) throw new Error(`${count} sessions have ended.`);
  });
}

/** How often a second something happens that an act does to all sessions, and what it takes of this process. */
async function ratePerSecond(act: () => Promise<void>) {
  await act();
  const rates: number[] = [];
  const before = process.cpuUsage();
  for (let index = 0; index < rounds; index++) {
    const startedAt = performance.now();
    await act();
    rates.push((sessions.length * 1_000) / (performance.now() - startedAt));
  }
  const { user, system } = process.cpuUsage(before);
  return {
    median: round(summary(rates).p50),
    best: round(Math.max(...rates)),
    // Says more than the clock where others use the machine, too.
    "processor time of each, ms": round((user + system) / 1_000 / (rounds * sessions.length)),
  };
}
