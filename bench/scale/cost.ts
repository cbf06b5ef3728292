import type { Topology } from "@gatehouse/functions/topology.ts";
import { alarmsOf } from "../../stacks/alarms.ts";
import { type Stage, stageOf } from "../../stacks/stages.ts";
import { leastPollers } from "./batching.ts";
import type { Demand } from "./demand.ts";
import type { DecisionFootprint, Footprint } from "./footprint.ts";
import { type LoadModel, secondsPerMonth } from "./model.ts";
import { costOf, type PriceName, prices } from "./prices.ts";

/** Dollars for a million governed calls, item by item. */
export type CostItems = Readonly<Record<string, number>>;

/** What a load costs. */
export interface CostInput {
  readonly topology: Topology;
  readonly footprint: Footprint;
  readonly model: LoadModel;
  readonly demand: Demand;
  readonly stage: Stage;
}

/** The stage that is priced. */
export const pricedStage = stageOf("production");

const gigabyte = 2 ** 30;
const chunkBytes = 64 * 1_024;
const daysPerMonth = 30;
/** Each request passes both (`stacks/edge.ts`). */
const edgeFunctions = 2;
/** A scheduled function that finds nothing to do, in seconds. */
const idleSeconds = 0.1;
/** How long a poller waits for a message in an empty queue (`sources.sqsQuotas`, long polling). */
const longestPollSeconds = 20;

/**
 * What a million tool calls cost at a steady load, in dollars an item: each service's units of a month at its monthly
 * tiers, divided by the calls of that month. What is stored is counted as long as it is kept.
 */
export function costPerMillion(input: CostInput): CostItems {
  const millions = (input.demand.callsPerSecond * secondsPerMonth) / 1e6;
  const items = Object.entries(monthly(input)).map(([name, dollars]) => [name, dollars / millions]);
  return Object.fromEntries(items);
}

/** Dollars a month, item by item. */
function monthly(input: CostInput): CostItems {
  const { demand, model, stage } = input;
  const month = (perSecond: number) => perSecond * secondsPerMonth;
  const ledger = demand.tables.ledger;
  const logged = loggedGigabytes(input);
  const answerBytes = model.answerBytes + model.listsPerCall * model.listBytes;
  return {
    "CloudFront: requests": cost("edgeRequests", month(demand.requestsPerSecond)),
    "CloudFront: functions": cost("edgeFunctions", month(demand.requestsPerSecond) * edgeFunctions),
    "API Gateway: requests": cost("apiRequests", month(demand.requestsPerSecond)),
    ...functionCosts(demand),
    "EventBridge: events": cost(
      "events",
      perDecision(input, (decision) => chunks(decision.eventBytes)),
    ),
    "EventBridge: archive": archiveCost(input),
    "SQS: requests": cost("queueRequests", queueRequests(input)),
    "DynamoDB: ledger, writes": cost("writeUnits", month(ledger?.writeUnits ?? 0)),
    "DynamoDB: ledger, writes of indexes": cost("writeUnits", month(ledger?.indexUnits ?? 0)),
    "DynamoDB: ledger, storage": storageCost(input),
    "DynamoDB: counters, writes": cost("writeUnits", month(demand.tables.aggregates?.writeUnits ?? 0)),
    "DynamoDB: configuration, reads": cost("readUnits", month(demand.tables.config?.readUnits ?? 0)),
    "CloudWatch: logs":
      cost("logIngestion", logged) +
      cost("logStorage", (logged * model.logCompression * stage.logRetentionDays) / daysPerMonth),
    "X-Ray: traces": cost("traces", month(demand.tracesPerSecond)),
    "Transfer to agents": cost("edgeTransfer", (month(demand.callsPerSecond) * answerBytes) / gigabyte),
    "Transfer to targets": cost("transferOut", (month(demand.callsPerSecond) * model.targetRequestBytes) / gigabyte),
    "Fixed: alarms, dashboard, key, schedules, polling": fixedCost(input.topology, stage),
  };
}

function functionCosts({ functions }: Demand): CostItems {
  const memory = Object.values(functions).map(
    ({ invocationsPerSecond, durationSeconds, memoryMegabytes }) =>
      invocationsPerSecond * durationSeconds * (memoryMegabytes / 1_024) * secondsPerMonth,
  );
  const total = memory.reduce((sum, each) => sum + each, 0);
  const invocations = Object.values(functions).reduce((sum, { invocationsPerSecond }) => sum + invocationsPerSecond, 0);
  // Tiers are of all functions together, which share the price by what they use.
  const durations = Object.keys(functions).map((name, index) => [
    `Lambda: ${name}, duration`,
    (cost("lambdaDuration", total) * (memory[index] ?? 0)) / total,
  ]);
  return {
    "Lambda: invocations": cost("lambdaRequests", invocations * secondsPerMonth),
    ...Object.fromEntries(durations),
  };
}

/** Units a month of something that each decision has so many of. */
function perDecision(
  { demand, footprint, model }: CostInput,
  unitsOf: (decision: DecisionFootprint) => number,
): number {
  if (demand.putEventsPerSecond === 0) return 0;
  const { "tools/call": call, "tools/list": list } = footprint.decisions;
  return demand.callsPerSecond * secondsPerMonth * (unitsOf(call) + model.listsPerCall * unitsOf(list));
}

function archiveCost(input: CostInput): number {
  const gigabytes = perDecision(input, ({ messageBytes }) => messageBytes) / gigabyte;
  return cost("archiving", gigabytes) + cost("archive", (gigabytes * input.stage.archiveDays) / daysPerMonth);
}

/** EventBridge puts messages in one by one; Lambda takes them out and deletes them. */
function queueRequests({ demand }: CostInput): number {
  const taken = Object.values(demand.queues).map(
    ({ receivesPerSecond, deletesPerSecond }) => receivesPerSecond + deletesPerSecond,
  );
  return secondsPerMonth * taken.reduce((sum, each) => sum + each, demand.deliveriesPerSecond);
}

/** The table with its indexes, and the table once more for recovery to any point in time, as long as rows are kept. */
function storageCost(input: CostInput): number {
  if (input.demand.tables.ledger === undefined) return 0;
  const months = input.footprint.retentionSeconds / secondsPerMonth;
  const indexes = Object.keys(input.topology.tables.ledger.indexes);
  const copies = ({ indexUnits }: DecisionFootprint) => indexes.filter((index) => index in indexUnits).length;
  const table = perDecision(input, ({ storedBytes }) => storedBytes) / gigabyte;
  const ofIndexes = perDecision(input, (decision) => decision.storedBytes * copies(decision)) / gigabyte;
  return cost("tableStorage", (table + ofIndexes) * months) + cost("pointInTimeRecovery", table * months);
}

function loggedGigabytes({ demand, model }: CostInput): number {
  const invocations = Object.values(demand.functions).reduce((sum, each) => sum + each.invocationsPerSecond, 0);
  const bytes = invocations * model.invocationLogBytes + demand.requestsPerSecond * model.accessLogBytes;
  return (bytes * secondsPerMonth) / gigabyte;
}

/** What a deployment costs a month though nobody calls it, in dollars. */
export function fixedCost(topology: Topology, { alarms }: Stage): number {
  const names = { physical: (name: string) => name, service: "", api: "", stage: "" };
  // Alarms are of the deployed topology, whichever is looked at.
  const alarmCount = alarms === undefined ? 0 : Object.keys(alarmsOf(names, alarms)).length;
  const scheduled = Object.values(topology.schedules).reduce((sum, { rateMinutes, function: name }) => {
    const calls = secondsPerMonth / 60 / rateMinutes;
    const gigabyteSeconds = (calls * idleSeconds * (topology.functions[name]?.memoryMegabytes ?? 0)) / 1_024;
    return sum + cost("schedules", calls) + cost("lambdaRequests", calls) + cost("lambdaDuration", gigabyteSeconds);
  }, 0);
  return (
    cost("alarms", alarmCount) +
    cost("dashboards", 1) +
    cost("keys", 1) +
    cost("queueRequests", (Object.keys(topology.queues).length * leastPollers * secondsPerMonth) / longestPollSeconds) +
    scheduled
  );
}

function chunks(bytes: number): number {
  return Math.ceil(bytes / chunkBytes);
}

function cost(price: PriceName, units: number): number {
  return costOf(prices[price], units);
}
