import { type CostItems, costPerMillion, pricedStage } from "./cost.ts";
import { demandOf } from "./demand.ts";
import type { Footprint } from "./footprint.ts";
import { demandAt, type ScaleInput, usual } from "./input.ts";
import { limitBy } from "./limits.ts";
import { type LoadModel, loads } from "./model.ts";
import { agentCore } from "./prices.ts";
import { quotas, raised } from "./quotas.ts";
import { count, dollars, percent, perSecond, type Table } from "./table.ts";

/** AgentCore's list price of a million governed calls, in dollars. */
export const agentCorePerMillion = (agentCore.invocation + agentCore.authorization) * 1e6;

/** The load of what is shown for one only, in tool calls a second. */
const usualLoad = 100;
const targetTimes = [20, 200, 500, 1_000, 5_000] as const;

/** What a million calls cost, in dollars an item. */
export function costsAt(
  { topology, footprints, model: given }: ScaleInput,
  load: number,
  changes: Partial<LoadModel> = {},
  footprint: Footprint = footprints.withSession,
): CostItems {
  const model = { ...given, ...usual, ...changes };
  const demand = demandOf(topology, footprint, model, load);
  return costPerMillion({ topology, footprint, model, demand, stage: pricedStage });
}

/** What a million calls cost in all, in dollars. */
export function totalCost(...which: Parameters<typeof costsAt>): number {
  return Object.values(costsAt(...which)).reduce((sum, each) => sum + each, 0);
}

/** How long a target may take, in milliseconds, until a governed call costs as much as AgentCore's. */
export function breakEvenMilliseconds(input: ScaleInput): number {
  let [low, high] = [1, 100_000];
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (totalCost(input, usualLoad, { targetMilliseconds: middle }) < agentCorePerMillion) low = middle;
    else high = middle;
  }
  return low;
}

/** Item by item, beside AgentCore. */
export function costTable(input: ScaleInput): Table {
  const costs = loads.map((load) => costsAt(input, load));
  const items = Object.keys(costs[0] ?? {});
  const totals = loads.map((load) => totalCost(input, load));
  const alike = (value: number) => loads.map(() => dollars(value));
  return {
    columns: ["dollars a million calls, at calls a second", ...loads.map(perSecond)],
    rows: [
      ...items.map((item) => [item, ...costs.map((cost) => dollars(cost[item] ?? 0))]),
      ["**Gatehouse**", ...totals.map((total) => `**${dollars(total)}**`)],
      ["AgentCore: gateway, invocations", ...alike(agentCore.invocation * 1e6)],
      ["AgentCore: policy, authorisations", ...alike(agentCore.authorization * 1e6)],
      ["**AgentCore**", ...alike(agentCorePerMillion).map((total) => `**${total}**`)],
      ["Gatehouse / AgentCore", ...totals.map((total) => percent(total / agentCorePerMillion))],
    ],
  };
}

/** What the time of the target does to the price and to Lambda's concurrency. */
export function targetTable(input: ScaleInput): Table {
  const halved = withGatewayMemory(input, 0.5);
  const rows = targetTimes.map((targetMilliseconds) => {
    const demand = demandAt(input, { ...usual, targetMilliseconds });
    const total = totalCost(input, usualLoad, { targetMilliseconds });
    return [
      count(targetMilliseconds, 6),
      dollars(total),
      percent(total / agentCorePerMillion),
      dollars(totalCost(halved, usualLoad, { targetMilliseconds })),
      count(limitBy("lambdaConcurrency", demand, quotas)),
      count(limitBy("lambdaConcurrency", demand, raised(quotas))),
    ];
  });
  return {
    columns: [
      "target, ms",
      "dollars a million calls",
      "of AgentCore's price",
      "dollars with half the memory",
      `${count(quotas.lambdaConcurrency.limit, 6)} executions hold to, calls/s`,
      `${count(quotas.lambdaConcurrency.raised, 6)} hold to, calls/s`,
    ],
    rows,
  };
}

function withGatewayMemory(input: ScaleInput, factor: number): ScaleInput {
  const { functions } = input.topology;
  const changed = Object.entries(functions).map(([name, definition]) =>
    name === "gateway"
      ? [name, { ...definition, memoryMegabytes: definition.memoryMegabytes * factor }]
      : [name, definition],
  );
  return { ...input, topology: { ...input.topology, functions: Object.fromEntries(changed) } };
}

/** How large a decision is, and what writing it takes. */
export function decisionTable({ footprints }: ScaleInput): Table {
  const rows = Object.entries({ "with a session": footprints.withSession, without: footprints.withoutSession }).flatMap(
    ([session, { decisions }]) =>
      Object.entries(decisions).map(([method, { eventBytes, itemBytes, writeUnits, indexUnits }]) => [
        `${method}, ${session}`,
        count(eventBytes, 6),
        count(itemBytes, 6),
        count(writeUnits),
        count(Object.values(indexUnits).reduce((sum, units) => sum + units, 0)),
      ]),
  );
  const { block, event } = footprints.withSession.counting;
  rows.push(
    ["counts of a batch and gateway, merging included", "", "", count(block, 2), ""],
    ["and of each decision in it", "", "", count(event, 2), ""],
  );
  return { columns: ["what is written", "event, bytes", "row, bytes", "write units", "of its index"], rows };
}
