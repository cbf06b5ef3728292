import {
  type CubeName,
  cubes,
  type Occurrence,
  occurrenceOfDecision,
  occurrenceOfSpan,
} from "@gatehouse/core/observability/cubes.ts";
import { bucketOf } from "@gatehouse/core/observability/histogram.ts";
import { aggregateRepository } from "@gatehouse/core/storage/aggregateRepository.ts";
import { compaction } from "@gatehouse/core/storage/counts/compaction.ts";
import { ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import { type SessionSummary, spanRepository } from "@gatehouse/core/storage/spanRepository.ts";
import type { TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { expect } from "vitest";
import type { EventStream } from "./eventStream.ts";

const minute = 60_000;
const units = { minute, hour: 60 * minute, day: 1_440 * minute };

/**
 * Expects the ledger and every counter to say what has happened: no more, no less, and nothing of it differently.
 * What is expected is added up here from the events, one by one.
 */
export async function expectTruth({ client, tables }: Pick<TestDatabase, "client" | "tables">, stream: EventStream) {
  const ledger = ledgerRepository({ client, table: tables.ledger });
  const spans = spanRepository({ client, table: tables.ledger });
  const occurrences = [
    ...stream.decisions.map(occurrenceOfDecision),
    ...stream.spans.flatMap(({ span, facts }) =>
      facts === undefined ? [] : [occurrenceOfSpan(facts, millisecondsOf(span.startTimeUnixNano))],
    ),
  ];
  const times = occurrences.map(({ time }) => time);
  const range = { from: new Date(lowest(times) - minute), to: new Date(-lowest(times.map((time) => -time)) + minute) };

  const decisions = new Map<string, unknown>();
  for (const gatewayId of new Set(stream.decisions.map(({ gateway }) => gateway.id))) {
    for await (const decision of ledger.decisions({ gatewayId, ...range }))
      decisions.set(decision.decisionId, decision);
  }
  expect(decisions.size).toBe(stream.decisions.length);
  for (const decision of stream.decisions) expect(decisions.get(decision.decisionId)).toEqual(decision);

  await eachOf(
    Map.groupBy(stream.spans, ({ span }) => span.traceId),
    async ([traceId, expected]) => {
      const recorded = await spans.trace(traceId);
      expect(
        new Set(recorded.map(({ source, sender, span }) => JSON.stringify([source, sender, span.spanId]))),
      ).toEqual(new Set(expected.map(({ source, sender, span }) => JSON.stringify([source, sender, span.spanId]))));
      expect(recorded.map(({ span }) => span)).toEqual(expect.arrayContaining(expected.map(({ span }) => span)));
    },
  );

  await expectCounts({ client, tables }, occurrences, range);
  // As they are, and once their days are over and closed.
  await compaction({ client, table: tables.aggregates }).close(new Date(range.to.getTime() + units.day));
  await expectCounts({ client, tables }, occurrences, range);
  await eachOf(sessionsOf(stream), async ([sessionId, expected]) =>
    expect(await spans.session(sessionId)).toEqual(expected),
  );
}

/** Some at a time: one after the other they would take their time. */
async function eachOf<T>(values: Iterable<T>, look: (value: T) => Promise<void>): Promise<void> {
  const all = [...values];
  for (let at = 0; at < all.length; at += 16) await Promise.all(all.slice(at, at + 16).map(look));
}

async function expectCounts(
  { client, tables }: Pick<TestDatabase, "client" | "tables">,
  occurrences: readonly Occurrence[],
  range: { from: Date; to: Date },
) {
  const aggregates = aggregateRepository({ client, table: tables.aggregates });
  // Whole days, so that every counter of an item is looked at.
  const from = new Date(Math.floor(range.from.getTime() / units.day) * units.day);
  const to = new Date(Math.ceil(range.to.getTime() / units.day) * units.day);
  for (const [cubeAndScope, all] of Map.groupBy(occurrences, ({ cube, scope }) => `${cube} ${scope}`)) {
    const [cube, scope] = cubeAndScope.split(" ") as [CubeName, string]; // As put together above.
    expect(await aggregates.scopes(cube, { from, to })).toContain(scope);
    const asked = [
      { resolution: "minute" },
      { resolution: "hour" },
      { resolution: "day" },
      { resolution: "hour", wide: true },
      { resolution: "day", wide: true },
    ] as const;
    for (const how of asked) {
      const counted = new Map<string, number>();
      for await (const cell of aggregates.cells({ cube, scope, from, to, ...how })) {
        const add = adder(counted, cell.time, cell.dimensions);
        for (const [bucket, count] of cell.durations) add(`bucket ${bucket}`, count);
        for (const [name, sum] of Object.entries(cell.measures)) add(name, sum);
      }
      const expected = new Map<string, number>();
      for (const { time, dimensions, durationMicroseconds, measures } of all) {
        const unit = units[how.resolution];
        const add = adder(expected, Math.floor(time / unit) * unit, within(cube, dimensions, "wide" in how));
        add(`bucket ${bucketOf(durationMicroseconds)}`, 1);
        for (const [name, sum] of Object.entries(measures)) if (sum !== 0) add(name, sum);
      }
      expect(sorted(counted), `${cubeAndScope} by ${JSON.stringify(how)}`).toEqual(sorted(expected));
    }
  }
}

function adder(sums: Map<string, number>, time: number, dimensions: Readonly<Record<string, string>>) {
  const prefix = `${new Date(time).toISOString()} ${JSON.stringify(Object.entries(dimensions).sort())}`;
  return (what: string, count: number) => {
    const key = `${prefix} ${what}`;
    sums.set(key, (sums.get(key) ?? 0) + count);
  };
}

function within(cube: CubeName, dimensions: Readonly<Record<string, string>>, wide: boolean): Record<string, string> {
  const names: string[] = [...cubes[cube].dimensions, ...(wide ? cubes[cube].wideDimensions : [])];
  return Object.fromEntries(Object.entries(dimensions).filter(([name]) => names.includes(name)));
}

function sorted(sums: ReadonlyMap<string, number>): [string, number][] {
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
}

function sessionsOf({ decisions, spans }: EventStream): Map<string, SessionSummary> {
  const found = new Map<string, { times: number[]; gateways: Set<string>; agents: Set<string>; sums: Sums }>();
  const of = (sessionId: string) => {
    const session = found.get(sessionId) ?? {
      times: [],
      gateways: new Set(),
      agents: new Set(),
      sums: { ...nothing },
    };
    found.set(sessionId, session);
    return session;
  };
  for (const { sessionId, time, gateway, agent, decision } of decisions) {
    if (sessionId === undefined) continue;
    const session = of(sessionId);
    session.times.push(Date.parse(time));
    session.gateways.add(gateway.id);
    if (agent !== undefined) session.agents.add(agent);
    session.sums.decisions++;
    if (decision === "DENY") session.sums.denials++;
  }
  for (const { sessionId, span, facts } of spans) {
    if (sessionId === undefined) continue;
    const session = of(sessionId);
    session.times.push(millisecondsOf(span.startTimeUnixNano));
    if (facts?.agent !== undefined) session.agents.add(facts.agent);
    if (facts?.error !== undefined && facts.error !== "refused") session.sums.errors++;
    if (facts?.type !== "modelCall") continue;
    session.sums.modelCalls++;
    session.sums.inputTokens += facts.inputTokens;
    session.sums.outputTokens += facts.outputTokens;
    session.sums.costNanoDollars += facts.costNanoDollars ?? 0;
  }
  return new Map(
    [...found].map(([sessionId, { times, gateways, agents, sums }]) => {
      const minutes = times.map((time) => Math.floor(time / minute) * minute);
      const ends = { from: lowest(minutes), to: -lowest(minutes.map((time) => -time)) };
      return [sessionId, { sessionId, ...ends, gateways: [...gateways].sort(), agents: [...agents].sort(), ...sums }];
    }),
  );
}

const nothing = {
  decisions: 0,
  denials: 0,
  modelCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  costNanoDollars: 0,
  errors: 0,
};
type Sums = typeof nothing;

function millisecondsOf(unixNano: string): number {
  return Number(BigInt(unixNano) / 1_000_000n);
}

function lowest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
