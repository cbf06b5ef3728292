import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { reconcile } from "@gatehouse/core/observability/reconcile.ts";
import { recordEvents } from "@gatehouse/core/observability/record.ts";
import { aggregateRepository } from "@gatehouse/core/storage/aggregateRepository.ts";
import { blocksOf } from "@gatehouse/core/storage/counts/blocks.ts";
import { blockItem } from "@gatehouse/core/storage/counts/items.ts";
import { ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import { recordRepository } from "@gatehouse/core/storage/recordRepository.ts";
import { spanRepository } from "@gatehouse/core/storage/spanRepository.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type EventStream, eventStream, messageOf, randomFrom } from "../support/eventStream.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 20, 9);
const range = { from: new Date(start), to: new Date(start + 2 * hour) };
const now = new Date(start + 24 * hour);

let serial = 0;
let stream: EventStream;
let gatewayId: string;
let decisions: EventStream["decisions"];
beforeEach(() => {
  const random = randomFrom(serial + 1);
  stream = eventStream({ name: `reconciled-${serial++}`, count: 60, random, start, length: 2 * hour - 10 });
  gatewayId = stream.decisions[0]?.gateway.id ?? "";
  decisions = stream.decisions.filter(({ gateway }) => gateway.id === gatewayId);
});

const record = (events: EventStream["events"]) =>
  recordEvents(events.map(messageOf), recordRepository({ client: database.client, tables: database.tables }));
const compare = (query = range) => {
  const { client, tables } = database;
  const repositories = {
    ledger: ledgerRepository({ client, table: tables.ledger }),
    spans: spanRepository({ client, table: tables.ledger }),
    aggregates: aggregateRepository({ client, table: tables.aggregates }),
  };
  return reconcile(repositories, { gatewayId, ...query }, now);
};

test("T22 what was recorded agrees: decisions, spans, and each kind of counters", async () => {
  await record(stream.events);
  const found = await compare();
  const tally = { ledger: decisions.length, counted: decisions.length };
  expect(found).toEqual({
    gatewayId,
    from: "2026-11-20T09:00:00.000Z",
    to: "2026-11-20T11:00:00.000Z",
    agrees: true,
    decisions: decisions.length,
    calls: decisions.length,
    decisionsWithoutTrace: 0,
    tallies: (["decisions", "calls"] as const).flatMap((cube) =>
      (["minute", "hour", "hourByPrincipal"] as const).map((by) => ({ cube, by, ...tally })),
    ),
    missingSpans: { count: 0, named: [] },
    missingDecisions: { count: 0, named: [] },
  });
  // Minutes alone, where the range isn't one of hours.
  const part = await compare({ from: new Date(start + 61_000), to: new Date(start + hour) });
  expect(part).toMatchObject({ from: "2026-11-20T09:01:00.000Z", agrees: true });
  expect(part.tallies.map(({ by }) => by)).toEqual(["minute", "minute"]);
});

test("T22 spans and decisions that are missing are named", async () => {
  const [first, second] = decisions;
  await record(
    stream.events.filter(({ type, detail }) => {
      if (type === "ToolDecision") return detail.decisionId !== first?.decisionId;
      return type !== "SpansRecorded" || detail.spans[0]?.traceId !== second?.traceId;
    }),
  );
  const found = await compare();
  expect(found.agrees).toBe(false);
  expect(found.missingDecisions).toMatchObject({ count: 1, named: [{ decisionId: first?.decisionId }] });
  const { decisionId, time, traceId, spanId } = second ?? {};
  expect(found.missingSpans).toEqual({ count: 1, named: [{ decisionId, time, traceId, spanId }] });
});

test("T22 a row that is lost, and a counter that is wrong, are seen", async () => {
  await record(stream.events);
  const { client, tables } = database;
  const [lost] = decisions;
  const key = { pk: `DECISIONS#${gatewayId}#${lost?.time.slice(0, 13)}`, sk: `${lost?.time}#${lost?.decisionId}` };
  await client.send(new DeleteCommand({ TableName: tables.ledger, Key: key }));
  const without = await compare();
  expect(without.agrees).toBe(false);
  expect(without.tallies[0]).toEqual({
    cube: "decisions",
    by: "minute",
    ledger: decisions.length - 1,
    counted: decisions.length,
  });

  const wrong = new Map([
    ["{}", new Map([[Math.floor(start / hour) * 60, { durations: new Map([[1, 1]]), measures: [] }]])],
  ]);
  const day = { cube: "calls", scope: gatewayId, date: "2026-11-20" } as const;
  for (const counts of blocksOf(wrong)) {
    await client.send(new PutCommand({ TableName: tables.aggregates, Item: blockItem("hours", day, 1, counts) }));
  }
  expect((await compare()).tallies).toContainEqual({
    cube: "calls",
    by: "hour",
    ledger: decisions.length,
    counted: decisions.length + 1,
  });
});
