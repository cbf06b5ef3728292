import { type DynamoDBDocumentClient, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { type CubeName, cubes } from "../observability/cubes.ts";
import type { Histogram } from "../observability/histogram.ts";
import { talliesIn } from "./counts/blocks.ts";
import { blocksPartition, headsPartition, scopesPartition, type ViewName, views } from "./counts/items.ts";
import { addTallies, dimensionsIn, type Tallies } from "./counts/tallies.ts";
import type { Item } from "./effect.ts";
import { type KeptScore, type WorstScoresQuery, worstScores } from "./evaluationRepository.ts";
import { readable } from "./itemVersion.ts";
import { daysKept } from "./retention.ts";

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
  /**
   * By day, and within a day in no particular order; one combination and time can come in several cells, which are to be
   * added up.
   * @throws while blocks are merged faster than they are read.
   */
  cells(query: CellQuery): AsyncIterable<Cell>;
  /** The gateways, agents or configurations that anything was counted of. */
  scopes(cube: CubeName, range: { readonly from: Date; readonly to: Date }): Promise<readonly string[]>;
  /** The worst scores of an evaluator on a day, the worst first. */
  worstScores(query: WorstScoresQuery): Promise<readonly KeptScore[]>;
}

const minute = 60_000;
const day = 86_400_000;
/** From when on counters of minutes are there still. */
export function keptMinutes(now: Date): Date {
  return new Date(now.getTime() - daysKept.minutes * day);
}
/** What is merged while it is read is read again. */
const maxReadings = 20;

/** By day, its blocks: each of them new, or merged into the view that is asked for. */
type Blocks = ReadonlyMap<string, readonly Item[]>;

/** The counters in their table, as blocks of tallies (counts/items.ts). */
export function aggregateRepository({
  client,
  table,
}: {
  client: DynamoDBDocumentClient;
  table: string;
}): AggregateRepository {
  async function rows(
    pk: string,
    { from, to }: { readonly from: string; readonly to: string },
    signal?: AbortSignal,
  ): Promise<Item[]> {
    const found: Item[] = [];
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        // Two readings of the heads tell what happened between them only where they are of the moment.
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        // Nothing that follows a date comes after the last character.
        ExpressionAttributeValues: { ":pk": pk, ":from": from, ":to": `${to}\uffff` },
      },
    );
    for await (const { Items = [] } of pages) {
      signal?.throwIfAborted();
      found.push(...Items.map(readable));
    }
    return found;
  }

  /** The blocks of a range of days, of which none was merged while they were read. */
  async function steadyBlocks({ cube, scope, from, to, signal }: CellQuery, view: ViewName): Promise<Blocks> {
    const versions = async (dates: Dates) => {
      const heads = await rows(headsPartition(cube, scope), dates, signal);
      return new Map(heads.map(({ sk, version }) => [String(sk), Number(version)]));
    };
    const steady = new Map<string, Item[]>();
    let left: Dates = { from: dateOf(from), to: dateOf(to) };
    for (let reading = 1; reading <= maxReadings; reading++) {
      const before = await versions(left);
      const found = await Promise.all(
        (["new", view] as const).map((name) => rows(blocksPartition(name, cube, scope), left, signal)),
      );
      const after = await versions(left);
      const changed = [...after].filter(([date, version]) => before.get(date) !== version).map(([date]) => date);
      for (const [date, blocks] of Map.groupBy(found.flat(), ({ sk }) => String(sk).slice(0, 10))) {
        if (!changed.includes(date)) steady.set(date, blocks);
      }
      const [first, last = first] = [changed.at(0), changed.at(-1)];
      if (first === undefined || last === undefined) return steady;
      left = { from: first, to: last };
    }
    throw new Error("The counters are merged faster than they are read.");
  }

  async function* cells(query: CellQuery): AsyncGenerator<Cell> {
    const { cube, resolution, from, to } = query;
    const measures: readonly string[] = cubes[cube].measures;
    const view = viewOf(query);
    const known = new Map<string, Cell["dimensions"] | undefined>();
    /** The dimensions of a series, where it is asked for. */
    const dimensionsOf = (series: string) => {
      if (!known.has(series)) {
        const dimensions = dimensionsIn(series);
        known.set(series, fits(dimensions, query) ? dimensions : undefined);
      }
      return known.get(series);
    };
    const blocks = await steadyBlocks(query, view);
    for (const [date, items] of [...blocks].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const sum: Tallies = new Map();
      for (const { counts } of items) {
        // As written by `blockItem`. A series of new blocks fits if that of the view does, but for wide dimensions.
        const tallies = talliesIn(
          counts as Uint8Array,
          measures.length,
          (series) => dimensionsOf(series) !== undefined,
        );
        addTallies(sum, tallies, cube, views[view]);
      }
      for (const [series, times] of sum) {
        const dimensions = dimensionsOf(series);
        if (dimensions === undefined) continue;
        for (const [index, tally] of times) {
          const time = index * minute;
          if (time < from.getTime() || time >= to.getTime()) continue;
          yield {
            time: resolution === "day" ? Date.parse(date) : time,
            dimensions,
            durations: tally.durations,
            measures: Object.fromEntries(measures.flatMap((name, at) => sumNamed(name, tally.measures[at] ?? 0))),
          };
        }
      }
    }
  }

  return {
    cells,
    async scopes(cube, { from, to }) {
      const found = await rows(scopesPartition(cube), { from: dateOf(from), to: dateOf(to) });
      return [...new Set(found.map(({ scope }) => String(scope)))].sort();
    },
    worstScores: (query) => worstScores({ client, table }, query),
  };
}

/** The first and the last of some days. */
interface Dates {
  readonly from: string;
  readonly to: string;
}

function dateOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function viewOf({ cube, resolution, wide = false }: CellQuery): ViewName {
  if (wide && cubes[cube].wideDimensions.length > 0) return "wideHours";
  return resolution === "minute" && !wide ? "minutes" : "hours";
}

/** Nothing is said of what there is nothing of. */
function sumNamed(name: string, sum: number): [string, number][] {
  return sum === 0 ? [] : [[name, sum]];
}

function fits(own: Cell["dimensions"], { where = {} }: CellQuery): boolean {
  return Object.entries(where).every(([name, values]) => {
    const value = Object.hasOwn(own, name) ? own[name] : undefined;
    return value !== undefined && values.includes(value);
  });
}
