import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ToolDecision } from "../observability/events.ts";
import { bucketOf } from "../observability/histogram.ts";
import { packSpans } from "../observability/spans/pack.ts";
import type { Span } from "../observability/spans/span.ts";
import { aggregateRepository, type CellQuery } from "./aggregateRepository.ts";
import { effectOfDecision, ledgerRepository } from "./ledgerRepository.ts";
import { recordRepository } from "./recordRepository.ts";
import { effectsOfSpans, spanRepository } from "./spanRepository.ts";
import { startTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const repositories = () => {
  const { client, tables } = database;
  return {
    recorder: recordRepository({ client, tables }),
    ledger: ledgerRepository({ client, table: tables.ledger }),
    spans: spanRepository({ client, table: tables.ledger }),
    aggregates: aggregateRepository({ client, table: tables.aggregates }),
  };
};
const hex = (length: number) => randomUUID().replaceAll("-", "").slice(0, length);
const decision = (more: Partial<ToolDecision> & { time: string; gatewayId: string }): ToolDecision => {
  const { gatewayId, ...rest } = more;
  return {
    schemaVersion: 1,
    decisionId: randomUUID(),
    method: "tools/call",
    principal: { type: "AgentCore::OAuthUser", id: "alice" },
    gateway: { id: gatewayId, arn: `arn:${gatewayId}`, version: 1 },
    decision: "ALLOW",
    outcome: "allowed",
    determiningPolicies: [],
    reason: "because",
    durationMicroseconds: 50,
    ...rest,
  };
};
const span = (traceId: string, time: string, more: Partial<Span> = {}): Span => ({
  traceId,
  spanId: hex(16),
  name: "tools/call Up___echo",
  kind: "SERVER",
  startTimeUnixNano: `${Date.parse(time)}000000`,
  endTimeUnixNano: `${Date.parse(time) + 5}000000`,
  status: { code: "UNSET" },
  attributes: {},
  events: [],
  links: [],
  scope: { name: "gatehouse" },
  resource: {},
  ...more,
});
const cells = async (query: CellQuery) => {
  const { aggregates } = repositories();
  const all = await Array.fromAsync(aggregates.cells(query));
  return all.sort((a, b) => a.time - b.time).map((cell) => ({ ...cell, time: new Date(cell.time).toISOString() }));
};
const day = { from: new Date("2026-11-20T00:00:00Z"), to: new Date("2026-11-22T00:00:00Z") };

test("decisions are counted by the minute, the hour and the day, told apart by what they were about", async () => {
  const { recorder } = repositories();
  const gatewayId = `counts-${hex(8)}`;
  const made = (time: string, more: Partial<ToolDecision> = {}) =>
    effectOfDecision(decision({ gatewayId, time, ...more }));
  await recorder.put([
    made("2026-11-20T23:58:59.999Z", { tool: "Up___echo", target: "Up" }),
    made("2026-11-20T23:58:00.000Z", { tool: "Up___echo", target: "Up", durationMicroseconds: 900 }),
    made("2026-11-20T23:59:00.000Z", {
      tool: "Up___echo",
      target: "Up",
      principal: { type: "AgentCore::IamEntity", id: "bob" },
    }),
    made("2026-11-21T00:00:00.000Z", { decision: "DENY", outcome: "denied", determiningPolicies: ["b", "a"] }),
  ]);
  const allowed = { method: "tools/call", target: "Up", tool: "Up___echo", decision: "ALLOW", outcome: "allowed" };
  const denied = { method: "tools/call", decision: "DENY", outcome: "denied", policies: '["a","b"]' };
  const [short, long] = [bucketOf(50), bucketOf(900)];
  const query = { cube: "decisions", scope: gatewayId, ...day } as const;
  const measures = {};
  expect(await cells({ ...query, resolution: "minute" })).toEqual([
    {
      time: "2026-11-20T23:58:00.000Z",
      dimensions: allowed,
      durations: new Map([
        [short, 1],
        [long, 1],
      ]),
      measures,
    },
    { time: "2026-11-20T23:59:00.000Z", dimensions: allowed, durations: new Map([[short, 1]]), measures },
    { time: "2026-11-21T00:00:00.000Z", dimensions: denied, durations: new Map([[short, 1]]), measures },
  ]);
  const ofHour = {
    dimensions: allowed,
    durations: new Map([
      [short, 2],
      [long, 1],
    ]),
    measures,
  };
  expect(await cells({ ...query, resolution: "hour", where: { tool: ["Up___echo", "x"] } })).toEqual([
    { time: "2026-11-20T23:00:00.000Z", ...ofHour },
  ]);
  expect(await cells({ ...query, resolution: "day", where: { decision: ["ALLOW"] } })).toEqual([
    { time: "2026-11-20T00:00:00.000Z", ...ofHour },
  ]);
  expect(await cells({ ...query, resolution: "hour", wide: true, where: { principal: ["bob"] } })).toEqual([
    {
      time: "2026-11-20T23:00:00.000Z",
      dimensions: { ...allowed, principal: "bob" },
      durations: new Map([[short, 1]]),
      measures,
    },
  ]);
  const minute = { from: new Date("2026-11-20T23:59:00Z"), to: new Date("2026-11-21T00:00:00Z") };
  expect(await cells({ ...query, ...minute, resolution: "minute" })).toMatchObject([
    { time: "2026-11-20T23:59:00.000Z" },
  ]);
  expect(await repositories().aggregates.scopes("decisions", day)).toContain(gatewayId);
});

test("a trace, its session and what happened in it are found from each other", async () => {
  const { recorder, spans, ledger } = repositories();
  const [traceId, sessionId] = [hex(32), `session-${hex(8)}`];
  const server = span(traceId, "2026-11-20T10:00:01.000Z");
  const model = span(traceId, "2026-11-20T10:00:00.000Z", {
    attributes: { text: randomBytes(500_000).toString("base64") },
  });
  const made = decision({
    gatewayId: "g",
    time: "2026-11-20T10:00:01.001Z",
    sessionId,
    traceId,
    spanId: server.spanId,
    decision: "DENY",
    outcome: "denied",
    agent: "client",
  });
  const gatewaySpans = packSpans(
    [
      {
        span: server,
        sessionId,
        facts: {
          type: "toolCall",
          decisionId: made.decisionId,
          gatewayId: "g",
          method: "tools/call",
          decision: "DENY",
          outcome: "denied",
          principal: "alice",
          error: "refused",
          durationMicroseconds: 5000,
        },
      },
    ],
    { source: "gateway" },
  );
  const agentSpans = packSpans(
    [
      {
        span: model,
        sessionId,
        facts: {
          type: "modelCall",
          agent: "helper",
          model: "m",
          inputTokens: 10,
          outputTokens: 3,
          costNanoDollars: 7,
          durationMicroseconds: 1,
        },
      },
    ],
    { source: "agent", sender: "alice" },
  );
  const effects = [...gatewaySpans, ...agentSpans].flatMap((event) =>
    event.type === "SpansRecorded" ? effectsOfSpans(event.detail) : [],
  );
  await recorder.put([...effects, ...effects, effectOfDecision(made)]);
  await recorder.put(effects.slice(0, 1));

  expect(await spans.trace(traceId)).toEqual([
    { source: "agent", sender: "alice", span: model },
    { source: "gateway", span: server },
  ]);
  expect(await spans.sessionsOf(traceId)).toEqual([sessionId]);
  expect(await spans.tracesOf(sessionId)).toEqual([{ traceId, minute: "2026-11-20T10:00" }]);
  expect(await Array.fromAsync(ledger.decisionsOfSession(sessionId))).toEqual([made]);
  expect(await Array.fromAsync(ledger.decisionsOfTrace(traceId))).toEqual([made]);
  expect(await Array.fromAsync(spans.calls({ gatewayId: "g", ...day }))).toEqual([
    { decisionId: made.decisionId, traceId, spanId: server.spanId, time: "2026-11-20T10:00:01.000Z" },
  ]);
  const minute = Date.parse("2026-11-20T10:00:00Z");
  const summary = {
    sessionId,
    from: minute,
    to: minute,
    gateways: ["g"],
    agents: ["client", "helper"],
    decisions: 1,
    denials: 1,
    modelCalls: 1,
    inputTokens: 10,
    outputTokens: 3,
    costNanoDollars: 7,
    errors: 0,
  };
  expect(await spans.session(sessionId)).toEqual(summary);
  expect(await Array.fromAsync(spans.sessions(day))).toEqual([summary]);
  expect(await cells({ cube: "models", scope: "helper", ...day, resolution: "minute" })).toMatchObject([
    { dimensions: { model: "m" }, measures: { inputTokens: 10, outputTokens: 3, costNanoDollars: 7 } },
  ]);
});
