import { randomUUID } from "node:crypto";
import type { SpansRecorded } from "@gatehouse/core/observability/events.ts";
import { recordEvents } from "@gatehouse/core/observability/record.ts";
import { packSpans } from "@gatehouse/core/observability/spans/pack.ts";
import { aggregateRepository } from "@gatehouse/core/storage/aggregateRepository.ts";
import { recordRepository } from "@gatehouse/core/storage/recordRepository.ts";
import { spanRepository } from "@gatehouse/core/storage/spanRepository.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventStream, messageOf, randomFrom } from "../support/eventStream.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const range = { from: new Date("2026-11-20T00:00:00Z"), to: new Date("2026-11-21T00:00:00Z") };
const start = range.from.getTime();
const setUp = () => {
  const { client, tables } = database;
  const recorder = recordRepository({ client, tables });
  return {
    record: (...details: SpansRecorded[]) =>
      recordEvents(
        details.map((detail) => messageOf({ type: "SpansRecorded", detail })),
        recorder,
      ),
    spans: spanRepository({ client, table: tables.ledger }),
    aggregates: aggregateRepository({ client, table: tables.aggregates }),
  };
};
const packed = (...args: Parameters<typeof packSpans>): SpansRecorded[] =>
  packSpans(...args).flatMap((event) => (event.type === "SpansRecorded" ? [event.detail] : []));
/** A call of a tool as the gateway's own span tells of it. */
const gatewayCall = (name: string) => {
  const { spans } = eventStream({ name, count: 20, random: randomFrom(7), start, length: 1_000 });
  const call = spans.find(({ facts }) => facts?.type === "toolCall");
  if (call?.facts?.type !== "toolCall") throw new Error("The stream has no call.");
  const { span, facts } = call;
  return { span: { ...span, traceId: randomUUID().replaceAll("-", "") }, facts };
};

test("T22 an agent's span takes the place of no span of the gateway, whichever comes first", async () => {
  const { record, spans } = setUp();
  for (const first of ["agent", "gateway"] as const) {
    const { span, facts } = gatewayCall(`place-${first}`);
    const genuine = packed([{ span, facts }], { source: "gateway" });
    const forged = packed([{ span: { ...span, name: "forged" } }], { source: "agent", sender: "mallory" });
    const events = first === "agent" ? [...forged, ...genuine] : [...genuine, ...forged];
    for (const event of events) expect(await record(event)).toEqual([]);
    expect(await spans.trace(span.traceId)).toEqual(
      expect.arrayContaining([
        { source: "gateway", span },
        { source: "agent", sender: "mallory", span: { ...span, name: "forged" } },
      ]),
    );
  }
});

test("T04 an agent's span takes the place of no other agent's", async () => {
  const { record, spans } = setUp();
  const { span } = gatewayCall("others");
  const forged = { ...span, name: "forged" };
  await record(...packed([{ span: forged }], { source: "agent", sender: "mallory" }));
  await record(...packed([{ span }], { source: "agent", sender: "alice" }));
  expect(await spans.trace(span.traceId)).toEqual(
    expect.arrayContaining([
      { source: "agent", sender: "alice", span },
      { source: "agent", sender: "mallory", span: forged },
    ]),
  );
});

test("T22 what an agent says of calls of a gateway is not counted, and is no call of it", async () => {
  const { record, spans, aggregates } = setUp();
  const { span, facts } = gatewayCall("counted");
  const { gatewayId } = facts;
  await record(...packed([{ span, facts }], { source: "agent", sender: "mallory" }));
  const calls = () => Array.fromAsync(spans.calls({ gatewayId, ...range }));
  const cells = () =>
    Array.fromAsync(aggregates.cells({ cube: "calls", scope: gatewayId, ...range, resolution: "hour" }));
  expect([await calls(), await cells()]).toEqual([[], []]);
  await record(...packed([{ span, facts }], { source: "gateway" }));
  expect(await calls()).toHaveLength(1);
  expect(await cells()).toHaveLength(1);
});

test("T11 names of any length and kind are recorded, and no two become one", async () => {
  const { record, spans, aggregates } = setUp();
  const names = ["#", "", "a#b", "é ☂", "x".repeat(5_000), `${"x".repeat(5_000)}y`, "\uffff", "constructor"];
  const { span } = gatewayCall("names");
  const facts = {
    type: "modelCall",
    model: "m",
    inputTokens: 1,
    outputTokens: 1,
    durationMicroseconds: Number.MAX_SAFE_INTEGER,
  } as const;
  for (const name of names) {
    const spanId = randomUUID().replaceAll("-", "").slice(0, 16);
    const made = { span: { ...span, spanId }, sessionId: name, facts: { ...facts, agent: name } };
    expect(await record(...packed([made], { source: "agent", sender: name }))).toEqual([]);
  }
  for (const name of names) {
    const cells = aggregates.cells({ cube: "models", scope: name, ...range, resolution: "minute" });
    expect(await Array.fromAsync(cells), name.slice(0, 10)).toMatchObject([{ measures: { inputTokens: 1 } }]);
    if (name === "") continue;
    expect(await spans.session(name), name.slice(0, 10)).toMatchObject({
      sessionId: name,
      modelCalls: 1,
      agents: [name],
    });
  }
  expect(new Set(await aggregates.scopes("models", range))).toEqual(new Set(names));
  expect(new Set(await spans.sessionsOf(span.traceId))).toEqual(new Set(names.filter((name) => name !== "")));
});

test("T11 tools and methods that only the caller knows of make no series of their own", async () => {
  const { record: _, aggregates } = setUp();
  const { decisions } = eventStream({ name: "unknown", count: 200, random: randomFrom(8), start, length: 1_000 });
  const gatewayId = decisions[0]?.gateway.id ?? "";
  const recorder = recordRepository({ client: database.client, tables: database.tables });
  const made = decisions.map(({ target: __, policyEngine: ___, ...decision }, index) => ({
    ...decision,
    gateway: { ...decision.gateway, id: gatewayId },
    method: `method-${index}`,
    tool: `tool-${index}`,
    decision: "DENY" as const,
    outcome: "rejected" as const,
    determiningPolicies: [],
  }));
  expect(
    await recordEvents(
      made.map((detail) => messageOf({ type: "ToolDecision", detail })),
      recorder,
    ),
  ).toEqual([]);
  const query = { cube: "decisions", scope: gatewayId, ...range, resolution: "day" } as const;
  const cells = await Array.fromAsync(aggregates.cells(query));
  expect(cells.map(({ dimensions }) => dimensions)).toEqual([
    { method: "other", decision: "DENY", outcome: "rejected" },
  ]);
});
