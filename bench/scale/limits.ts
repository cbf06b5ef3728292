import type { Demand } from "./demand.ts";
import { type QuotaName, type Quotas, quotas } from "./quotas.ts";

/** What a demand comes to against each quota, in the quota's unit. */
export function usage(demand: Demand): Readonly<Record<QuotaName, number>> {
  const functions = Object.values(demand.functions);
  const queues = Object.values(demand.queues);
  const tables = Object.values(demand.tables);
  const consumers = Object.entries(demand.functions).flatMap(([name, each]) => (name === demand.entry ? [] : [each]));
  return {
    stageThrottle: demand.requestsPerSecond,
    edgeRequests: demand.requestsPerSecond,
    apiRequests: demand.requestsPerSecond,
    lambdaConcurrency: sum(functions.map(({ concurrency }) => concurrency.peak)),
    lambdaRequests: sum(functions.map(({ invocationsPerSecond }) => invocationsPerSecond)),
    putEvents: demand.putEventsPerSecond,
    ruleInvocations: demand.deliveriesPerSecond,
    queueConcurrency: Math.max(0, ...consumers.map(({ concurrency }) => concurrency.peak)),
    inFlight: Math.max(0, ...queues.map(({ inFlight }) => inFlight)),
    tableWrites: Math.max(0, ...tables.flatMap(({ writeUnits, indexUnits }) => [writeUnits, indexUnits])),
    tableReads: Math.max(0, ...tables.map(({ readUnits }) => readUnits)),
    keyWrites: Math.max(0, ...tables.map(({ hottestKey }) => hottestKey.writeUnits)),
    keyReads: Math.max(0, ...tables.map(({ hottestKey }) => hottestKey.readUnits)),
    segments: demand.segmentsPerSecond,
  };
}

/** How much of a quota a demand uses: 1 is all of it. */
export function utilisation(demand: Demand, given: Quotas): Readonly<Record<QuotaName, number>> {
  const used = usage(demand);
  const entries = quotaNames.map((name) => [name, used[name] / given[name].limit]);
  return Object.fromEntries(entries) as Record<QuotaName, number>; // One for each name.
}

/** A quota, and the tool calls a second that use it up. */
export interface Limit {
  readonly quota: QuotaName;
  readonly callsPerSecond: number;
}

/** Every quota that a call can fail or be recorded late by. */
export const quotaNames = Object.keys(quotas) as QuotaName[]; // They are the keys of that object.

/**
 * The quota that binds first, of those by which a call is refused or recorded late.
 * @param demandAt what so many tool calls a second ask for; it must grow with them.
 */
export function firstLimit(demandAt: (callsPerSecond: number) => Demand, given: Quotas): Limit {
  const limits = quotaNames
    .filter((name) => given[name].effect !== "traces are missing")
    .map((quota) => ({ quota, callsPerSecond: limitBy(quota, demandAt, given) }));
  return limits.reduce((a, b) => (b.callsPerSecond < a.callsPerSecond ? b : a));
}

/** The tool calls a second that use up one quota; infinite where none does. */
export function limitBy(quota: QuotaName, demandAt: (callsPerSecond: number) => Demand, given: Quotas): number {
  const fits = (load: number) => utilisation(demandAt(load), given)[quota] <= 1;
  let [low, high] = [0.01, 1e7];
  if (fits(high)) return Number.POSITIVE_INFINITY;
  // By bisection of the logarithm, to two thousandths.
  while (high / low > 1.002) {
    const middle = Math.sqrt(low * high);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
