import { hash } from "node:crypto";
import { type DynamoDBDocumentClient, paginateQuery, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import { type CubeName, cubes, type Occurrence } from "../observability/cubes.ts";
import { bucketOf, type Histogram } from "../observability/histogram.ts";
import type { Increment, Item, Mark } from "./effect.ts";
import { readable } from "./itemVersion.ts";
import { keyPart } from "./keyPart.ts";
import { daysKept, expiryOfPeriod } from "./retention.ts";

/** Which counts: of one cube and scope, of what began within a range, at one resolution. */
export interface CellQuery {
  readonly cube: CubeName;
  /** The gateway's id, or the agent's name. */
  readonly scope: string;
  /**
   * From one moment (inclusive) to another (exclusive): the minutes that begin between them, or, where the resolution is
   * coarser, the hours.
   */
  readonly from: Date;
  readonly to: Date;
  readonly resolution: "minute" | "hour" | "day";
  /** Whether cells are told apart by the cube's wide dimensions too; then the resolution is an hour or a day. */
  readonly wide?: boolean;
  /** Only cells whose dimension has one of these values. */
  readonly where?: Readonly<Record<string, readonly string[]>>;
  readonly signal?: AbortSignal;
}

/** What happened within one minute, hour or day to one combination of dimensions. */
export interface Cell {
  /** The beginning of the minute, hour or day, in milliseconds since 1970. */
  readonly time: number;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly durations: Histogram;
  /** The sums of the cube's measures. The count is that of the durations. */
  readonly measures: Readonly<Record<string, number>>;
}

/** Reads what `record` has counted. */
export interface AggregateRepository {
  /** In no particular order; one combination and time can come in several cells, which are to be added up. */
  cells(query: CellQuery): AsyncIterable<Cell>;
  /** The gateways or agents that anything was counted of. */
  scopes(cube: CubeName, range: { readonly from: Date; readonly to: Date }): Promise<readonly string[]>;
}

/** How many counters of one kind writers spread over, so that they don't wait for each other. */
export const shards = 16;

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** From when on counters of minutes are there still. */
export function keptMinutes(now: Date): Date {
  return new Date(now.getTime() - daysKept.minutes * day);
}
/** Longer ones are counted as of a day: durations are anybody's to choose, and buckets take room. */
const maxMicroseconds = day * 1_000;
/** How many series are read at a time. */
const readAtATime = 8;

/**
 * The counters in their table. A series is one combination of a cube's dimensions. An item a series and quarter of a day has
 * counters for its hours, and says which series there are; an item a series and ten minutes has counters for these. A counter
 * is the number of durations in one bucket (`07b113`), or the sum of a measure (`07m0`: the first of its cube), of one hour of
 * the day or one minute of the hour.
 */
export function aggregateRepository({
  client,
  table,
}: {
  client: DynamoDBDocumentClient;
  table: string;
}): AggregateRepository {
  async function* rows(
    pk: string,
    [from, to]: readonly [string, string],
    { signal, ...input }: Partial<QueryCommandInput> & { signal?: AbortSignal | undefined },
  ): AsyncGenerator<Item> {
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        ExpressionAttributeValues: { ":pk": pk, ":from": from, ":to": to },
        ...input,
      },
    );
    for await (const { Items = [] } of pages) {
      signal?.throwIfAborted();
      yield* Items.map(readable);
    }
  }

  async function* hours(query: CellQuery): AsyncGenerator<Cell> {
    const { cube, scope, resolution, signal } = query;
    const wide = query.wide === true && cubes[cube].wideDimensions.length > 0;
    for await (const item of rows(hoursPartition(cube, scope, wide), days(query), { signal })) {
      const dimensions = dimensionsIn(item);
      if (!fits(dimensions, query)) continue;
      const start = Date.parse(String(item.sk).slice(0, 10));
      const cells = cellsOf(item, dimensions, (index) => start + index * hour, query);
      yield* resolution === "day" ? cells.map((cell) => ({ ...cell, time: start })) : cells;
    }
  }

  async function* minutes(query: CellQuery): AsyncGenerator<Cell> {
    const { cube, scope, signal } = query;
    const series = new Map<string, Cell["dimensions"]>();
    const projection = { ProjectionExpression: "sk, dimensions, itemVersion", signal };
    for await (const item of rows(hoursPartition(cube, scope, false), days(query), projection)) {
      const dimensions = dimensionsIn(item);
      if (fits(dimensions, query)) series.set(String(item.sk).split("#")[1] ?? "", dimensions);
    }
    const all = [...series];
    for (let index = 0; index < all.length; index += readAtATime) {
      const read = all.slice(index, index + readAtATime).map(async ([digest, dimensions]) => {
        const items = rows(minutesPartition(cube, scope, digest), tenMinutesIn(query), { signal });
        return Array.fromAsync(items, (item) => {
          const start = Date.parse(`${String(item.sk).slice(0, 13)}:00Z`);
          return cellsOf(item, dimensions, (minutes) => start + minutes * minute, query);
        });
      });
      for (const cells of (await Promise.all(read)).flat()) yield* cells;
    }
  }

  return {
    cells: (query) => (query.resolution === "minute" && query.wide !== true ? minutes(query) : hours(query)),
    async scopes(cube, range) {
      const found = new Set<string>();
      for await (const { scope } of rows(scopesPartition(cube), days(range), {})) found.add(String(scope));
      return [...found].sort();
    },
  };
}

/** What an occurrence adds to the counters of one shard. */
export function countsOf(occurrence: Occurrence, shard: number): Increment[] {
  const { cube, scope, time } = occurrence;
  const at = new Date(time).toISOString();
  const [date, hh, mm] = [at.slice(0, 10), at.slice(11, 13), at.slice(14, 16)];
  const hours = additions(occurrence, hh);
  const narrow = JSON.stringify(dimensionsOf(occurrence, false));
  const byHour = (dimensions: string, wide: boolean): Increment => ({
    table: "aggregates",
    key: { pk: hoursPartition(cube, scope, wide), sk: `${date}T${quarterOf(hh)}#${digestOf(dimensions)}#${shard}` },
    says: { expiresAt: expiryOfPeriod(date, daysKept.hours), dimensions },
    add: hours,
  });
  const byMinute: Increment = {
    table: "aggregates",
    key: { pk: minutesPartition(cube, scope, digestOf(narrow)), sk: `${tenMinutesOf(at)}#${shard}` },
    says: { expiresAt: expiryOfPeriod(date, daysKept.minutes) },
    add: additions(occurrence, mm),
  };
  return [
    byMinute,
    byHour(narrow, false),
    ...(cubes[cube].wideDimensions.length > 0 ? [byHour(JSON.stringify(dimensionsOf(occurrence, true)), true)] : []),
  ];
}

/** The mark by which the scope of an occurrence is found. */
export function markOf({ cube, scope, time }: Occurrence): Mark {
  const date = new Date(time).toISOString().slice(0, 10);
  const expiresAt = expiryOfPeriod(date, daysKept.hours);
  return {
    table: "aggregates",
    item: { pk: scopesPartition(cube), sk: `${date}#${keyPart(scope)}`, scope, expiresAt },
  };
}

/** Which quarter of its day an hour is in: an item grows with the hours in it, and writing to it costs by its size. */
function quarterOf(hour: string): number {
  return Math.floor(Number(hour) / 6);
}

/** The ten minutes that a time is in, as in `2026-11-20T23:5`: as the hours, minutes share an item only with a few others. */
function tenMinutesOf(time: string): string {
  return time.slice(0, 15);
}

function additions({ cube, durationMicroseconds, measures }: Occurrence, time: string): Record<string, number> {
  const sums = cubes[cube].measures.map((name, index) => [`${time}m${index}`, measures[name] ?? 0] as const);
  return {
    [`${time}b${bucketOf(Math.min(durationMicroseconds, maxMicroseconds))}`]: 1,
    ...Object.fromEntries(sums.filter(([, sum]) => sum !== 0)),
  };
}

/** In the order of the cube's dimensions, so that one combination has one digest. */
function dimensionsOf({ cube, dimensions }: Occurrence, wide: boolean): Record<string, string> {
  const names: string[] = [...cubes[cube].dimensions, ...(wide ? cubes[cube].wideDimensions : [])];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = dimensions[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** 96 bits: enough for what one gateway or agent can be told apart by. */
function digestOf(dimensions: string): string {
  return hash("sha256", dimensions, "base64url").slice(0, 16);
}

function dimensionsIn({ dimensions }: Item): Cell["dimensions"] {
  return JSON.parse(String(dimensions)); // As written by `countsOf`.
}

function fits(own: Cell["dimensions"], { where = {} }: CellQuery): boolean {
  return Object.entries(where).every(([name, values]) => {
    const value = Object.hasOwn(own, name) ? own[name] : undefined;
    return value !== undefined && values.includes(value);
  });
}

/** The cells of an item, whose counters begin with the two digits of their time within it. */
function cellsOf(
  item: Item,
  dimensions: Cell["dimensions"],
  timeOf: (index: number) => number,
  { cube, from, to }: CellQuery,
): Cell[] {
  const cells = new Map<number, Cell & { durations: Map<number, number>; measures: Record<string, number> }>();
  for (const name in item) {
    // Counters alone begin with a digit; "0" is 48 and "9" is 57.
    const first = name.charCodeAt(0);
    if (first < 48 || first > 57) continue;
    const index = Number(name.slice(0, 2));
    const time = timeOf(index);
    if (time < from.getTime() || time >= to.getTime()) continue;
    let cell = cells.get(index);
    if (cell === undefined) {
      cell = { time, dimensions, durations: new Map(), measures: {} };
      cells.set(index, cell);
    }
    const what = Number(name.slice(3));
    if (name[2] === "b") cell.durations.set(what, Number(item[name]));
    else cell.measures[cubes[cube].measures[what] ?? ""] = Number(item[name]);
  }
  return [...cells.values()];
}

function hoursPartition(cube: CubeName, scope: string, wide: boolean): string {
  return `${wide ? "HOURSW" : "HOURS"}#${cube}#${keyPart(scope)}`;
}

function minutesPartition(cube: CubeName, scope: string, digest: string): string {
  return `MINUTES#${cube}#${keyPart(scope)}#${digest}`;
}

function scopesPartition(cube: CubeName): string {
  return `SCOPES#${cube}`;
}

/** The sort keys of a range: nothing that follows a time comes after the last character. */
function days({ from, to }: { readonly from: Date; readonly to: Date }): [string, string] {
  return [from.toISOString().slice(0, 10), `${to.toISOString().slice(0, 10)}\uffff`];
}

function tenMinutesIn({ from, to }: CellQuery): [string, string] {
  return [tenMinutesOf(from.toISOString()), `${tenMinutesOf(to.toISOString())}\uffff`];
}
