import type { Reconciliations } from "@gatehouse/core/observability/query/answers.ts";

type Gateway = Reconciliations["gateways"][number];

const hour = 3_600_000;
const maxNamed = 100;
const cubes = ["decisions", "calls"] as const;
/** In the order in which they are shown. */
const kinds = cubes.flatMap((cube) => ["minute", "hour", "hourByPrincipal"].map((by) => `${cube} ${by}`));

/** A range in parts that one answer each is enough for: whole hours, but for the first and the last. */
export function* hoursOf(from: Date, to: Date): Generator<{ readonly from: Date; readonly to: Date }> {
  for (let start = from.getTime(); start < to.getTime(); ) {
    const end = Math.min(to.getTime(), (Math.floor(start / hour) + 1) * hour);
    yield { from: new Date(start), to: new Date(end) };
    start = end;
  }
}

/** What was found in the parts of a range, as of the whole. */
export function combined(parts: readonly Reconciliations[]): Reconciliations {
  const all = parts.flatMap(({ gateways }) => gateways);
  const gateways = [...Map.groupBy(all, ({ gatewayId }) => gatewayId).values()].map((some) => some.reduce(both));
  return {
    from: parts.at(0)?.from ?? "",
    to: parts.at(-1)?.to ?? "",
    agrees: parts.every(({ agrees }) => agrees),
    gateways,
  };
}

function both(a: Gateway, b: Gateway): Gateway {
  const tallies = new Map<string, Gateway["tallies"][number]>();
  for (const tally of [...a.tallies, ...b.tallies]) {
    const key = `${tally.cube} ${tally.by}`;
    const { ledger = 0, counted = 0 } = tallies.get(key) ?? {};
    tallies.set(key, { ...tally, ledger: ledger + tally.ledger, counted: counted + tally.counted });
  }
  return {
    gatewayId: a.gatewayId,
    from: a.from,
    to: b.to,
    agrees: a.agrees && b.agrees,
    decisions: a.decisions + b.decisions,
    calls: a.calls + b.calls,
    decisionsWithoutTrace: a.decisionsWithoutTrace + b.decisionsWithoutTrace,
    tallies: kinds.flatMap((kind) => tallies.get(kind) ?? []),
    missingSpans: bothMissing(a.missingSpans, b.missingSpans),
    missingDecisions: bothMissing(a.missingDecisions, b.missingDecisions),
  };
}

function bothMissing(a: Gateway["missingSpans"], b: Gateway["missingSpans"]): Gateway["missingSpans"] {
  return { count: a.count + b.count, named: [...a.named, ...b.named].slice(0, maxNamed) };
}
