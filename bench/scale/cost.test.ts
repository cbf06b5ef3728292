import { topology } from "@gatehouse/functions/topology.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { costPerMillion, pricedStage } from "./cost.ts";
import { demandOf } from "./demand.ts";
import { secondsPerMonth } from "./model.ts";
import { costOf, prices } from "./prices.ts";
import { roundFootprint, roundModel } from "./testing.ts";

function costAt(load: number, model = roundModel) {
  const demand = demandOf(topology, roundFootprint, model, load);
  return costPerMillion({ topology, footprint: roundFootprint, model, demand, stage: pricedStage });
}
const total = (load: number, model = roundModel) =>
  Object.values(costAt(load, model)).reduce((sum, dollars) => sum + dollars, 0);

test("a million calls at one a second, by hand", () => {
  const looks = 3 / 3.9;
  const batches = 1 / 1.2;
  const expected = {
    "CloudFront: requests": 1,
    "CloudFront: functions": 0.2,
    "API Gateway: requests": 3.5,
    "Lambda: invocations": 0.2 * (1 + batches),
    "Lambda: gateway, duration": 13.3334 * (0.21 + looks * 0.01),
    "Lambda: record, duration": 13.3334 * 0.5 * batches * (0.025 + 1.2 * 0.0015),
    "EventBridge: events": 1,
    // Kept for three months after they have been taken in.
    "EventBridge: archive": (1_000 / 1_073.741824) * (0.1 + 3 * 0.023),
    // One to put it in, nearly one to take it out, and one a batch to delete it.
    "SQS: requests": 0.4 * (1 + 1 / 1.003 + batches),
    "DynamoDB: ledger, writes": 1.25,
    "DynamoDB: ledger, writes of indexes": 1.25,
    // Ten units for the block of a batch, and one for each of its decisions.
    "DynamoDB: counters, writes": 0.625 * (10 * batches + 1),
    // Three months, in the table, in the index, and for recovery.
    "DynamoDB: ledger, storage": (1_200 / 1_073.741824) * 3 * (0.25 + 0.25 + 0.2),
    "DynamoDB: configuration, reads": 2 * looks * 0.125,
    // One a second, and a twentieth of the batches.
    "X-Ray: traces": 5 * (1 + 0.05 * batches),
  };
  const items = costAt(1);
  for (const [item, dollars] of Object.entries(expected)) expect(items[item], item).toBeCloseTo(dollars, 4);
});

describe("what a deployment costs a month", () => {
  const load = fc.double({ min: 0.1, max: 100_000, noNaN: true });
  const monthly = (calls: number, model = roundModel) => (total(calls, model) * calls * secondsPerMonth) / 1e6;

  test("grows with the load, and with a slower target", () => {
    fc.assert(
      fc.property(load, fc.double({ min: 1.05, max: 10, noNaN: true }), (calls, factor) => {
        expect(monthly(calls * factor)).toBeGreaterThan(monthly(calls));
        const slower = { ...roundModel, targetMilliseconds: roundModel.targetMilliseconds * factor };
        expect(monthly(calls, slower)).toBeGreaterThan(monthly(calls));
      }),
    );
  });

  test("is no more for a call when there are ten times as many", () => {
    fc.assert(
      fc.property(load, (calls) => {
        expect(total(calls * 10)).toBeLessThanOrEqual(total(calls) * 1.001);
      }),
    );
  });

  test("is made of no item below nothing", () => {
    fc.assert(
      fc.property(load, (calls) => {
        for (const [item, dollars] of Object.entries(costAt(calls))) expect(dollars, item).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

test("tiers are paid one after the other", () => {
  expect(costOf(prices.apiRequests, 333e6)).toBeCloseTo(1_165.5, 6);
  expect(costOf(prices.apiRequests, 1_000e6)).toBeCloseTo(1_165.5 + 1_867.6, 6);
  expect(costOf(prices.lambdaDuration, 18.75e9)).toBeCloseTo(100_000.5 + 135_001.125, 3);
});
