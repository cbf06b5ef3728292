import { topology } from "@gatehouse/functions/topology.ts";
import { describe, expect, test } from "vitest";
import { demandOf } from "./demand.ts";
import { firstLimit, limitBy, quotaNames, utilisation } from "./limits.ts";
import { spreads } from "./model.ts";
import { type Quotas, quotas, raised } from "./quotas.ts";
import { roundFootprint, roundModel } from "./testing.ts";

const oneGateway = (calls: number) => demandOf(topology, roundFootprint, roundModel, calls);
const many = (calls: number) =>
  demandOf(topology, roundFootprint, { ...roundModel, ...spreads["100 gateways"] }, calls);

describe("the quota that binds first", () => {
  test("is the ledger's key where all calls are one gateway's: a thousand units, two a call", () => {
    const { quota, callsPerSecond } = firstLimit(oneGateway, quotas);
    expect(quota).toBe("keyWrites");
    expect(callsPerSecond / 500).toBeCloseTo(1, 2);
  });

  test("is the stage's throttle where they are spread", () => {
    const { quota, callsPerSecond } = firstLimit(many, quotas);
    expect(quota).toBe("stageThrottle");
    expect(callsPerSecond / 1_000).toBeCloseTo(1, 2);
  });

  test("is another one once that one is raised, and so on, each later than the one before", () => {
    let given: Quotas = quotas;
    let before = 0;
    const met = new Set<string>();
    for (let step = 0; step < 4; step++) {
      const { quota, callsPerSecond } = firstLimit(many, given);
      expect(met).not.toContain(quota);
      expect(callsPerSecond).toBeGreaterThan(before * 0.99);
      met.add(quota);
      before = callsPerSecond;
      given = { ...given, [quota]: { ...given[quota], limit: Number.POSITIVE_INFINITY } };
    }
    expect([...met].slice(0, 2)).toEqual(["stageThrottle", "lambdaConcurrency"]);
  });

  test("stays where it is as long as it is not raised itself", () => {
    expect(firstLimit(oneGateway, raised(quotas)).quota).toBe("keyWrites");
  });
});

describe("each quota", () => {
  test.each(quotaNames)("%s is used up at its limit, and not before", (name) => {
    const limit = limitBy(name, many, quotas);
    expect(utilisation(many(limit), quotas)[name]).toBeLessThanOrEqual(1);
    expect(utilisation(many(limit * 1.01), quotas)[name]).toBeGreaterThan(1);
  });

  test.each(quotaNames)("%s can be raised, never lowered", (name) => {
    expect(quotas[name].raised).toBeGreaterThanOrEqual(quotas[name].limit);
  });
});
