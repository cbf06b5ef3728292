import { recordEvents } from "@gatehouse/core/observability/record.ts";
import { aggregateRepository } from "@gatehouse/core/storage/aggregateRepository.ts";
import { compaction } from "@gatehouse/core/storage/counts/compaction.ts";
import { effectOfDecision } from "@gatehouse/core/storage/ledgerRepository.ts";
import { recordRepository } from "@gatehouse/core/storage/recordRepository.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { topology } from "@gatehouse/functions/topology.ts";
import { eventStream, messageOf, randomFrom } from "../test/support/eventStream.ts";
import { round, summary } from "./statistics.ts";

const day = 86_400_000;
/** Events a second. */
const goal = 3_000;

/** What `record` takes in with the embedded engine, and how long a month takes to read at the resolution of minutes. */
export async function benchRecord() {
  await using database = await startTestDatabase();
  return {
    unit: "events a second; milliseconds",
    "taken in": await takeIn(database),
    "30 days by the minute": await readMonth(database),
  };
}

/** Calls of tools, each a decision and its spans, and spans of agents, as they come at the goal, in full batches. */
async function takeIn({ client, tables }: TestDatabase) {
  const { batchSize } = topology.queues.record;
  const { merge } = compaction({ client, table: tables.aggregates });
  const repository = recordRepository({ client, tables, merge });
  const start = Date.UTC(2026, 10, 20, 9);
  const random = randomFrom(1);
  const { events, spans } = eventStream({
    name: "bench",
    count: 12_000,
    random,
    start,
    length: (12_000 / goal) * 1_000,
  });
  const messages = events.map(messageOf);
  const rates: number[] = [];
  const rounds = 12;
  for (let round = 0; round < rounds; round++) {
    const part = messages.slice((round * messages.length) / rounds, ((round + 1) * messages.length) / rounds);
    const startedAt = performance.now();
    let at = 0;
    // As many batches at a time as the queue on one machine delivers.
    const take = async () => {
      while (at < part.length) {
        const from = at;
        at += batchSize;
        await recordEvents(part.slice(from, at), repository);
      }
    };
    await Promise.all([take(), take()]);
    rates.push((part.length / (performance.now() - startedAt)) * 1_000);
  }
  // The first is for warming up.
  const { p50 } = summary(rates.slice(1));
  return {
    "events a second": round(p50, 0),
    "best of eleven": round(Math.max(...rates), 0),
    "rows in the ledger an event": round(
      (events.filter(({ type }) => type === "ToolDecision").length + spans.length) / events.length,
      2,
    ),
  };
}

/** One gateway, tool and policy that something happens to once a minute; and all that there is of it. */
async function readMonth({ client, tables }: TestDatabase) {
  const repository = recordRepository({ client, tables });
  const aggregates = aggregateRepository({ client, table: tables.aggregates });
  const from = new Date(Date.UTC(2026, 9, 20));
  const to = new Date(from.getTime() + 30 * day);
  const random = randomFrom(2);
  const [example] = eventStream({ name: "month", count: 1, random: () => 0.5, start: 0, length: 1 }).decisions;
  if (example === undefined) throw new Error("The stream has no decision.");
  const { sessionId: _, ...decision } = example;
  const effects = Array.from({ length: (30 * day) / 60_000 }, (_, minute) =>
    effectOfDecision({
      ...decision,
      decisionId: crypto.randomUUID(),
      time: new Date(from.getTime() + minute * 60_000 + 30_000).toISOString(),
      durationMicroseconds: Math.floor(40 + random() * 200),
    }),
  );
  await repository.put(effects);
  // As the function does that is called each hour, had it been called on each of these days.
  const { close } = compaction({ client, table: tables.aggregates });
  for (let ago = 1; ago <= 30; ago += 5) await close(new Date(from.getTime() + (ago + 5) * day));
  const samples: number[] = [];
  let cells = 0;
  for (let reading = 0; reading < 25; reading++) {
    const startedAt = performance.now();
    const query = { cube: "decisions", scope: decision.gateway.id, from, to, resolution: "minute" } as const;
    cells = (await Array.fromAsync(aggregates.cells(query))).length;
    if (reading >= 5) samples.push(performance.now() - startedAt);
  }
  const { p50, p99 } = summary(samples);
  return { cells, p50: round(p50), p99: round(p99) };
}
