import { invalid } from "../../control/input.ts";
import { GatehouseError } from "../../errors.ts";
import type { AggregateRepository, CellQuery } from "../../storage/aggregateRepository.ts";
import { daysKept } from "../../storage/retention.ts";
import { type CubeName, cubes } from "../cubes.ts";
import { addTo, countIn, percentile } from "../histogram.ts";
import type { Aggregate } from "./answers.ts";
import {
  type CellFilter,
  type DimensionName,
  dimensionNames,
  isAskedFor,
  keptIn,
  requireDimension,
  type ScopedCell,
  valuesOf,
} from "./dimensions.ts";
import type { Range } from "./range.ts";

export type Interval = "minute" | "hour" | "day";

/** What is to be added up. */
export interface AggregateRequest extends Range {
  readonly cube: CubeName;
  readonly groupBy: readonly DimensionName[];
  readonly filter: CellFilter;
  readonly interval?: Interval | undefined;
  /** Only what has a value of this dimension. */
  readonly having?: DimensionName | undefined;
  readonly now: Date;
  readonly signal?: AbortSignal | undefined;
}

/** What came of it. */
export interface Sums extends Range {
  readonly total: number;
  readonly rows: readonly Aggregate[];
}

export const maxGroups = 3;
const maxRows = 10_000;
/** At most so many gateways or agents are added up in one answer. */
const maxScopes = 200;
const milliseconds = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
/** A total of no more than this is exact to the minute, of more to the hour. */
const longestByMinute = 3 * 3_600_000;

/**
 * Adds up cells by up to three dimensions and an interval.
 * @throws GatehouseError `validation` for what was not counted so, saying what was.
 */
export async function aggregate(repository: AggregateRepository, request: AggregateRequest): Promise<Sums> {
  const { cube, groupBy, filter, interval, having, signal } = request;
  const resolution = resolutionOf(request);
  const { from, to } = rounded(request, resolution);
  const wide = isWide(request);
  const rows = new Map<string, Row>();
  const totals = new Map<number, number>();

  for (const scope of await scopesOf(repository, request, { from, to })) {
    const query: CellQuery = {
      cube,
      scope,
      from,
      to,
      resolution,
      wide,
      where: pushedDown(cube, filter),
      ...(signal && { signal }),
    };
    for await (const counted of repository.cells(query)) {
      const cell = { ...counted, scope };
      if (!isAskedFor(cell, cube, filter)) continue;
      if (having !== undefined && valuesOf(cell, cube, having).length === 0) continue;
      const time = interval === undefined ? 0 : Math.floor(cell.time / milliseconds[interval]) * milliseconds[interval];
      totals.set(time, (totals.get(time) ?? 0) + countIn(cell.durations));
      for (const values of combinations(groupBy.map((name) => valuesOf(cell, cube, name)))) {
        add(rows, time, values, cell);
      }
    }
  }
  const total = [...totals.values()].reduce((sum, count) => sum + count, 0);
  const found = [...rows.values()].sort(byTimeAndCount).map((row) => shown(row, request, totals));
  return { from, to, total, rows: found };
}

interface Row {
  readonly time: number;
  readonly values: readonly (string | undefined)[];
  readonly durations: Map<number, number>;
  readonly measures: Map<string, number>;
  count: number;
}

function add(rows: Map<string, Row>, time: number, values: Row["values"], cell: ScopedCell): void {
  const key = JSON.stringify([time, ...values]);
  let row = rows.get(key);
  if (row === undefined) {
    if (rows.size === maxRows) {
      const message = `The answer would have more than ${maxRows} rows: take fewer groups, a longer interval, a shorter time, or a filter.`;
      throw new GatehouseError("validation", message);
    }
    row = { time, values, durations: new Map(), measures: new Map(), count: 0 };
    rows.set(key, row);
  }
  row.count += countIn(cell.durations);
  addTo(row.durations, cell.durations);
  for (const [name, sum] of Object.entries(cell.measures)) row.measures.set(name, (row.measures.get(name) ?? 0) + sum);
}

/** Every way to take one value of each dimension; of one that a cell doesn't have, none. */
function combinations(values: readonly (readonly string[])[]): (string | undefined)[][] {
  return values.reduce<(string | undefined)[][]>(
    (sofar, each) => sofar.flatMap((some) => (each.length === 0 ? [undefined] : each).map((value) => [...some, value])),
    [[]],
  );
}

function byTimeAndCount(a: Row, b: Row): number {
  return a.time - b.time || b.count - a.count || (JSON.stringify(a.values) < JSON.stringify(b.values) ? -1 : 1);
}

function shown(
  { time, values, durations, measures, count }: Row,
  { cube, groupBy, interval }: AggregateRequest,
  totals: ReadonlyMap<number, number>,
): Aggregate {
  const percentiles = { p50: 0.5, p95: 0.95, p99: 0.99 };
  const duration = (share: number) => Math.round(percentile(durations, share) ?? 0);
  const sum = (name: string) => measures.get(name) ?? 0;
  return {
    ...(interval === undefined ? {} : { time: new Date(time).toISOString() }),
    group: Object.fromEntries(groupBy.map((name, index) => [name, values[index] ?? null])),
    count,
    share: count / (totals.get(time) ?? count),
    durationMicroseconds: {
      p50: duration(percentiles.p50),
      p95: duration(percentiles.p95),
      p99: duration(percentiles.p99),
    },
    ...(cubes[cube].measures.length === 0
      ? {}
      : {
          inputTokens: sum("inputTokens"),
          outputTokens: sum("outputTokens"),
          costNanoDollars: sum("costNanoDollars"),
        }),
    ...(cube === "evaluations" ? { scores: sum("scores") } : {}),
    ...(sum("scores") === 0 ? {} : { averageScore: sum("scoreMillionths") / 1_000_000 / sum("scores") }),
  };
}

/** The dimensions that a request speaks of, with the parameter that names each. */
function named({ groupBy, filter }: AggregateRequest): (readonly [DimensionName, string])[] {
  const filtered = dimensionNames.filter((name) => filter[name] !== undefined);
  return [...groupBy.map((name) => [name, "groupBy"] as const), ...filtered.map((name) => [name, name] as const)];
}

function isWide(request: AggregateRequest): boolean {
  return named(request).some(([name]) => keptIn(request.cube, name) === "hour");
}

/** The coarsest cells that answer what is asked. */
function resolutionOf(request: AggregateRequest): Interval {
  const { cube, groupBy, interval, from, to, now } = request;
  if (new Set(groupBy).size < groupBy.length) throw invalid([{ name: "groupBy", message: "names a dimension twice" }]);
  for (const [name, parameter] of named(request)) requireDimension(cube, name, parameter);
  const byHour = named(request).find(([name]) => keptIn(cube, name) === "hour");
  if (interval === "minute" && byHour !== undefined) {
    throw invalid([
      { name: "interval", message: `can't be minute with ${byHour[0]}, which is kept by the hour: take hour or day` },
    ]);
  }
  const hasMinutes =
    byHour === undefined && from.getTime() >= now.getTime() - daysKept.minutes * milliseconds.day - milliseconds.hour;
  if (interval === "minute" && !hasMinutes) {
    throw invalid([
      {
        name: "interval",
        message: `can't be minute: minutes are kept for ${daysKept.minutes} days, hours for ${daysKept.hours}`,
      },
    ]);
  }
  if (interval !== undefined) return interval;
  return hasMinutes && to.getTime() - from.getTime() <= longestByMinute ? "minute" : "hour";
}

/** A range that cells fill: nothing of it is left out. */
function rounded({ from, to }: Range, resolution: Interval): Range {
  const step = milliseconds[resolution];
  return {
    from: new Date(Math.floor(from.getTime() / step) * step),
    to: new Date(Math.ceil(to.getTime() / step) * step),
  };
}

/** What the repository can look for itself: values that cells have as they are. */
function pushedDown(cube: CubeName, filter: CellFilter): Record<string, readonly string[]> {
  const entries = dimensionNames.flatMap((name): [string, readonly string[]][] => {
    const values = filter[name];
    const asIs = name !== "policy" && name !== "flippingPolicy" && name !== "engine" && keptIn(cube, name) !== "scope";
    return values !== undefined && asIs ? [[name, values]] : [];
  });
  return Object.fromEntries(entries);
}

async function scopesOf(
  repository: AggregateRepository,
  { cube, filter }: AggregateRequest,
  range: Range,
): Promise<readonly string[]> {
  const { scope } = cubes[cube];
  const scopes = filter[scope] ?? (await repository.scopes(cube, range));
  if (scopes.length <= maxScopes) return [...new Set(scopes)];
  throw invalid([
    { name: scope, message: `must be said: there are ${scopes.length}, and one answer adds up ${maxScopes} at most` },
  ]);
}
