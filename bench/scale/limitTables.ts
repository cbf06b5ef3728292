import { variantsOf } from "./answers.ts";
import { demandAt, type ScaleInput, spreadNames, usual } from "./input.ts";
import { firstLimit, limitBy, quotaNames, utilisation } from "./limits.ts";
import { loads, type SpreadName, spreads } from "./model.ts";
import { type Quota, type Quotas, quotas, raised } from "./quotas.ts";
import { count, percent, perSecond, type Table } from "./table.ts";

/** How fast Lambda adds environments to a function (`sources.lambdaScaling`: 1,000 in ten seconds). */
const environmentsPerSecond = 100;

/** What a deployment carries at each step, and the quota that it ends at. */
export function stepTable(input: ScaleInput): Table {
  const rows = variantsOf(input.footprints.withSession).map(({ name, available, footprint, quotas }) => [
    name,
    available ? "yes" : "no",
    ...spreadNames.map((spread) => {
      const { quota, callsPerSecond } = firstLimit(demandAt(input, spreads[spread], footprint), quotas);
      return `${count(callsPerSecond, 2)}: ${quotas[quota].name}`;
    }),
  ]);
  return { columns: ["each step with those before it", "there today", ...spreadNames], rows };
}

/** Each quota, and the load that it holds to: as it is, and raised. */
export function quotaTable(input: ScaleInput): Table {
  const all = raised(quotas);
  const holdsTo = (name: keyof Quotas, given: Quotas) => count(limitBy(name, demandAt(input, usual), given));
  const rows = quotaNames.map((name) => {
    const { limit, unit, effect } = quotas[name];
    return [
      quotas[name].name,
      `${count(limit, 6)} ${unit}`,
      holdsTo(name, quotas),
      raisedTo(quotas[name]),
      holdsTo(name, all),
      effect,
    ];
  });
  return {
    columns: ["quota", "default", "holds to, calls/s", "raised to", "then holds to, calls/s", "beyond it"],
    rows,
  };
}

function raisedTo({ raised, raisedBy }: Quota): string {
  if (raisedBy === "fixed") return "fixed";
  if (raisedBy === "ours") return "yours to set";
  return raisedBy === "assumed" ? `${count(raised, 6)}, assumed` : count(raised, 6);
}

/** How much of each quota a load uses, at their defaults. */
export function utilisationTable(input: ScaleInput): Table {
  const demands = loads.map(demandAt(input, usual));
  const rows = quotaNames.map((name) => [
    quotas[name].name,
    ...demands.map((demand) => percent(utilisation(demand, quotas)[name])),
  ]);
  return { columns: ["quota, at calls a second", ...loads.map(perSecond)], rows };
}

/** What the functions have to do, and how events become batches. */
export function functionTable(input: ScaleInput): Table {
  const demands = loads.map(demandAt(input, usual));
  const names = Object.keys(demands[0]?.functions ?? {});
  const rows = demands.map((demand) => {
    const concurrency = names.map((name) => demand.functions[name]?.concurrency ?? { mean: 0, peak: 0 });
    const [queue] = Object.values(demand.queues);
    return [
      count(demand.callsPerSecond, 6),
      ...concurrency.map(({ mean, peak }) => `${count(mean)} / ${count(peak, 6)}`),
      count(Math.max(...concurrency.map(({ peak }) => peak)) / environmentsPerSecond, 2),
      count(demand.putEventsPerSecond, 6),
      count(queue?.batchSize ?? 0),
      count(queue?.batchesPerSecond ?? 0),
      count(queue?.pollers ?? 0),
      count(demand.looksPerSecond),
    ];
  });
  const executions = names.map((name) => `${name}: executions, mean / peak`);
  return {
    columns: [
      "calls a second",
      ...executions,
      "seconds from none to all",
      "PutEvents/s",
      "events a batch",
      "batches/s",
      "pollers",
      "looks for changes/s",
    ],
    rows,
  };
}

/** What the hottest keys are asked for, and in brackets how many keys would be needed instead of one. */
export function heatTable(input: ScaleInput): Table {
  const heat = (units: number, limit: number) => {
    const keys = Math.max(1, Math.ceil(units / (limit * input.model.headroom)));
    return keys === 1 ? count(units) : `${count(units)} (${count(keys, 6)})`;
  };
  const hottest = (load: number, spread: SpreadName) => {
    const { ledger, config } = demandAt(input, spreads[spread])(load).tables;
    return { writes: ledger?.hottestKey.writeUnits ?? 0, reads: config?.hottestKey.readUnits ?? 0 };
  };
  const rows = loads.map((load) => [
    count(load, 6),
    ...spreadNames.map((spread) => heat(hottest(load, spread).writes, quotas.keyWrites.limit)),
    ...spreadNames.map((spread) => heat(hottest(load, spread).reads, quotas.keyReads.limit)),
  ]);
  const columns = ["ledger, writes", "configuration, reads"].flatMap((what) =>
    spreadNames.map((spread) => `${what}: ${spread}`),
  );
  return { columns: ["calls a second", ...columns], rows };
}

/** How many deployments a load needs, each with room for peaks, by the steps that are there today. */
export function cellTable(input: ScaleInput): Table {
  const large = loads.filter((load) => load >= 100);
  const there = variantsOf(input.footprints.withSession).filter(({ available }) => available);
  const rows = there.map(({ name, footprint, quotas }) => {
    const { callsPerSecond } = firstLimit(demandAt(input, usual, footprint), quotas);
    const cell = callsPerSecond * input.model.headroom;
    return [name, count(cell, 2), ...large.map((load) => count(Math.ceil(load / cell), 6))];
  });
  return { columns: ["step", "calls/s of a cell", ...large.map((load) => `cells for ${perSecond(load)}`)], rows };
}
