import { type Topology, topology } from "@gatehouse/functions/topology.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { demandOf } from "./demand.ts";
import { defaultModel, spreads } from "./model.ts";
import { roundFootprint, roundModel } from "./testing.ts";

const at = (callsPerSecond: number) => demandOf(topology, roundFootprint, roundModel, callsPerSecond);

describe("one call a second, by hand", () => {
  const demand = at(1);

  test("keeps three environments ready, of which 0.22 work on average", () => {
    // 10 ms of its own and 200 of the target; three looks in four calls, of two reads of 5 ms each.
    const looksPerSecond = 3 / (0.9 + 3);
    expect(demand.looksPerSecond).toBeCloseTo(looksPerSecond, 9);
    expect(demand.functions.gateway?.durationSeconds).toBeCloseTo(0.21 + looksPerSecond * 0.01, 9);
    expect(demand.functions.gateway?.concurrency.peak).toBe(3);
  });

  test("puts 1.2 events into a batch, as five pollers share them", () => {
    expect(demand.putEventsPerSecond).toBe(1);
    expect(demand.queues.record?.pollers).toBe(5);
    expect(demand.queues.record?.batchSize).toBeCloseTo(1.2, 9);
    expect(demand.functions.record?.invocationsPerSecond).toBeCloseTo(1 / 1.2, 9);
    expect(demand.functions.record?.durationSeconds).toBeCloseTo(0.025 + 1.2 * 0.0015, 9);
  });

  test("writes two units and as many in the index, all to one key", () => {
    expect(demand.tables.ledger).toEqual({
      writeUnits: 2,
      indexUnits: 2,
      readUnits: 0,
      hottestKey: { writeUnits: 2, readUnits: 0 },
    });
    expect(demand.tables.config?.hottestKey.readUnits).toBeCloseTo(demand.looksPerSecond, 9);
  });
});

describe("a demand", () => {
  const load = fc.double({ min: 0.1, max: 100_000, noNaN: true });

  test("has as many events written as calls and lists made", () => {
    fc.assert(
      fc.property(load, fc.double({ min: 0, max: 3, noNaN: true }), (calls, listsPerCall) => {
        const { requestsPerSecond, putEventsPerSecond, deliveriesPerSecond, queues, tables } = demandOf(
          topology,
          roundFootprint,
          { ...roundModel, listsPerCall },
          calls,
        );
        const written = (queues.record?.batchesPerSecond ?? 0) * (queues.record?.batchSize ?? 0);
        const expected = calls * (1 + listsPerCall);
        for (const rate of [requestsPerSecond, putEventsPerSecond, deliveriesPerSecond, written]) {
          expect(rate / expected).toBeCloseTo(1, 9);
        }
        expect((tables.ledger?.writeUnits ?? 0) / expected).toBeCloseTo(2, 9);
      }),
    );
  });

  test("grows with the load", () => {
    fc.assert(
      fc.property(load, fc.double({ min: 1.05, max: 10, noNaN: true }), (calls, factor) => {
        const [less, more] = [at(calls), at(calls * factor)];
        expect(more.looksPerSecond).toBeGreaterThan(less.looksPerSecond);
        expect(more.functions.gateway?.concurrency.peak ?? 0).toBeGreaterThanOrEqual(
          less.functions.gateway?.concurrency.peak ?? 0,
        );
        expect(more.tables.ledger?.hottestKey.writeUnits).toBeGreaterThan(
          less.tables.ledger?.hottestKey.writeUnits ?? 0,
        );
      }),
    );
  });

  test("looks for changes at every call at most", () => {
    fc.assert(
      fc.property(load, fc.constantFrom(...Object.values(spreads)), (calls, spread) => {
        const demand = demandOf(topology, roundFootprint, { ...defaultModel, ...spread }, calls);
        expect(demand.looksPerSecond).toBeLessThan(demand.requestsPerSecond);
      }),
    );
  });
});

describe("another topology", () => {
  const demandOn = (other: Topology) => demandOf(other, roundFootprint, roundModel, 1_000);

  test("with a second rule to the same queue has every event twice", () => {
    const rules = { ...topology.rules, again: topology.rules.decisions };
    const demand = demandOn({ ...topology, rules });
    expect(demand.putEventsPerSecond).toBe(1_000);
    expect(demand.deliveriesPerSecond).toBe(2_000);
    expect(demand.tables.ledger?.writeUnits).toBe(4_000);
  });

  test("with smaller batches has more of them", () => {
    const queues = { ...topology.queues, record: { ...topology.queues.record, batchSize: 5 } };
    expect(demandOn({ ...topology, queues }).queues.record?.batchesPerSecond).toBeCloseTo(200, 6);
  });

  test("with less memory takes longer", () => {
    const gateway = { ...topology.functions.gateway, memoryMegabytes: 512 };
    const demand = demandOn({ ...topology, functions: { ...topology.functions, gateway } });
    expect(demand.functions.gateway?.durationSeconds).toBeGreaterThan(
      at(1_000).functions.gateway?.durationSeconds ?? 0,
    );
  });

  test("without indexes writes into none", () => {
    const ledger = { ...topology.tables.ledger, indexes: {} };
    expect(demandOn({ ...topology, tables: { ...topology.tables, ledger } }).tables.ledger?.indexUnits).toBe(0);
  });

  test("whose gateway publishes nothing records nothing", () => {
    const gateway = { ...topology.functions.gateway, publishes: false };
    const demand = demandOn({ ...topology, functions: { ...topology.functions, gateway } });
    expect([demand.putEventsPerSecond, demand.tables.ledger, demand.functions.record]).toEqual([
      0,
      undefined,
      undefined,
    ]);
  });
});
