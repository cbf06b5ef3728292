import { createHash } from "node:crypto";
import { type DynamoDBDocumentClient, paginateQuery, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import { type CubeName, cubes, type Occurrence } from "../observability/cubes.ts";
import { bucketOf, type Histogram } from "../observability/histogram.ts";
import type { Increment, Item, Mark } from "./effect.ts";
import { readable } from "./itemVersion.ts";
import { keyPart } from "./keyPart.ts";

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
/** By the minute for as long as a month is compared with the one before; by the hour for a year and a month. */
const retentionSeconds = { minutes: 40 * 86_400, hours: 400 * 86_400 };
/** Longer ones are counted as of a day: durations are anybody's to choose, and buckets take room. */
const maxMicroseconds = day * 1_000;
/** How many series are read at a time. */
const readAtATime = 8;

/**
 * The counters in their table. A series is one combination of a cube's dimensions. An item a day and series has counters for
 * the hours of the day, and says which series there are; an item an hour and series has counters for its minutes. A counter is
 * the number of a time's durations in one bucket (`07b113`), or the sum of a measure (`07m0`: the first of its cube).
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
    for await (const item of rows(dayPartition(cube, scope, wide), days(query), { signal })) {
      if (!fits(item, query)) continue;
      const start = Date.parse(String(item.sk).slice(0, 10));
      const cells = cellsOf(item, cube, (index) => start + index * hour, query);
      yield* resolution === "day" ? cells.map((cell) => ({ ...cell, time: start })) : cells;
    }
  }

  async function* minutes(query: CellQuery): AsyncGenerator<Cell> {
    const { cube, scope, signal } = query;
    const series = new Map<string, Item>();
    const projection = { ProjectionExpression: "sk, dimensions, itemVersion", signal };
    for await (const item of rows(dayPartition(cube, scope, false), days(query), projection)) {
      if (fits(item, query)) series.set(String(item.sk).split("#")[1] ?? "", item);
    }
    const all = [...series];
    for (let index = 0; index < all.length; index += readAtATime) {
      const read = all.slice(index, index + readAtATime).map(async ([digest, { dimensions }]) => {
        const items = rows(hourPartition(cube, scope, digest), hoursOf(query), { signal });
        return Array.fromAsync(items, (item) => {
          const start = Date.parse(`${String(item.sk).slice(0, 13)}:00Z`);
          return cellsOf({ ...item, dimensions }, cube, (minutes) => start + minutes * minute, query);
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

/** What an occurrence adds to the counters of one shard, and the mark by which its scope is found. */
export function countsOf(occurrence: Occurrence, shard: number): { increments: Increment[]; marks: Mark[] } {
  const { cube, scope, time } = occurrence;
  const at = new Date(time).toISOString();
  const [date, hh, mm] = [at.slice(0, 10), at.slice(11, 13), at.slice(14, 16)];
  const hours = { table: "aggregates", add: additions(occurrence, hh) } as const;
  const daily = { expiresAt: Math.floor(Date.parse(date) / 1_000) + retentionSeconds.hours };
  const dayIncrement = (wide: boolean): Increment => {
    const dimensions = dimensionsOf(occurrence, wide);
    const key = { pk: dayPartition(cube, scope, wide), sk: `${date}#${digestOf(dimensions)}#${shard}` };
    return { ...hours, key, says: { ...daily, dimensions } };
  };
  return {
    increments: [
      {
        table: "aggregates",
        key: {
          pk: hourPartition(cube, scope, digestOf(dimensionsOf(occurrence, false))),
          sk: `${at.slice(0, 13)}#${shard}`,
        },
        says: { expiresAt: Math.floor(Date.parse(`${at.slice(0, 13)}:00Z`) / 1_000) + retentionSeconds.minutes },
        add: additions(occurrence, mm),
      },
      dayIncrement(false),
      ...(cubes[cube].wideDimensions.length > 0 ? [dayIncrement(true)] : []),
    ],
    marks: [
      {
        table: "aggregates",
        item: { pk: scopesPartition(cube), sk: `${date}#${keyPart(scope)}`, scope, ...daily },
      },
    ],
  };
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
function digestOf(dimensions: Readonly<Record<string, string>>): string {
  return createHash("sha256").update(JSON.stringify(dimensions)).digest("base64url").slice(0, 16);
}

function fits({ dimensions }: Item, { where = {} }: CellQuery): boolean {
  const own = dimensions as Readonly<Record<string, string>>; // As written by `countsOf`.
  return Object.entries(where).every(([name, values]) => {
    const value = Object.hasOwn(own, name) ? own[name] : undefined;
    return value !== undefined && values.includes(value);
  });
}

/** The cells of an item, whose counters begin with the two digits of their time within it. */
function cellsOf(item: Item, cube: CubeName, timeOf: (index: number) => number, { from, to }: CellQuery): Cell[] {
  const dimensions = item.dimensions as Cell["dimensions"]; // As written by `countsOf`.
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

function dayPartition(cube: CubeName, scope: string, wide: boolean): string {
  return `${wide ? "DAYW" : "DAY"}#${cube}#${keyPart(scope)}`;
}

function hourPartition(cube: CubeName, scope: string, digest: string): string {
  return `HOUR#${cube}#${keyPart(scope)}#${digest}`;
}

function scopesPartition(cube: CubeName): string {
  return `SCOPES#${cube}`;
}

/** The sort keys of a range's days: nothing that follows a day comes after the last character. */
function days({ from, to }: { readonly from: Date; readonly to: Date }): [string, string] {
  return [from.toISOString().slice(0, 10), `${to.toISOString().slice(0, 10)}#\uffff`];
}

function hoursOf({ from, to }: CellQuery): [string, string] {
  return [from.toISOString().slice(0, 13), `${to.toISOString().slice(0, 13)}#\uffff`];
}
