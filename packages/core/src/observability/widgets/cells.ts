import type { AggregateRepository, Cell } from "../../storage/aggregateRepository.ts";
import { type CubeName, cubes } from "../cubes.ts";
import { addTo, countIn } from "../histogram.ts";
import { type Bins, binAt } from "./bins.ts";

/** What is read for a picture. */
export interface CellsWanted {
  readonly cube: CubeName;
  readonly bins: Bins;
  /** One gateway or agent; all that there are unless one is named. */
  readonly scope?: string | undefined;
  readonly wide?: boolean;
  readonly where?: Readonly<Record<string, readonly string[]>>;
}

/** A cell, and the gateway or agent that it is of. */
export interface ScopedCell extends Cell {
  readonly scope: string;
}

/** Reads what a picture is made from, scope by scope. */
export async function* readCells(
  aggregates: AggregateRepository,
  { cube, bins, scope, wide = false, where = {} }: CellsWanted,
): AsyncGenerator<ScopedCell> {
  const range = { from: new Date(bins.from), to: new Date(bins.to) };
  const scopes = scope === undefined ? await aggregates.scopes(cube, range) : [scope];
  for (const name of scopes) {
    const query = { cube, scope: name, ...range, resolution: bins.resolution, wide, where };
    for await (const cell of aggregates.cells(query)) yield { ...cell, scope: name };
  }
}

/** Reads the calls that were let through: those that a target answered, or should have. */
export function readAnsweredCalls(
  aggregates: AggregateRepository,
  bins: Bins,
  scope: string | undefined,
): AsyncGenerator<ScopedCell> {
  return readCells(aggregates, { cube: "calls", bins, scope, where: { outcome: ["allowed", "would-deny"] } });
}

/** What is counted of one thing: how often, how long it took, and the sums of the cube's measures. */
export interface Sum {
  count: number;
  readonly durations: Map<number, number>;
  readonly measures: Map<string, number>;
}

/** Sums by what they are of, in all, and piece by piece of the time. */
export interface Sums {
  readonly total: ReadonlyMap<string, Sum>;
  /** One for each bin. */
  readonly bins: readonly ReadonlyMap<string, Sum>[];
}

/**
 * Adds cells up.
 * @param keysOf what a cell is counted under; it can be several things, or none.
 */
export async function sumUp(
  cells: AsyncIterable<ScopedCell>,
  bins: Bins,
  keysOf: (cell: ScopedCell) => readonly string[],
): Promise<Sums> {
  const total = new Map<string, Sum>();
  const pieces = bins.starts.map(() => new Map<string, Sum>());
  for await (const cell of cells) {
    const piece = pieces[binAt(bins, cell.time) ?? -1];
    if (piece === undefined) continue;
    for (const key of keysOf(cell)) {
      add(total, key, cell);
      add(piece, key, cell);
    }
  }
  return { total, bins: pieces };
}

function add(sums: Map<string, Sum>, key: string, { durations, measures }: Cell): void {
  const sum = sums.get(key) ?? { count: 0, durations: new Map(), measures: new Map() };
  sums.set(key, sum);
  addTo(sum.durations, durations);
  sum.count += countIn(durations);
  for (const [name, value] of Object.entries(measures)) sum.measures.set(name, (sum.measures.get(name) ?? 0) + value);
}

/** The values of a dimension that can have several. */
export function valuesOf(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const values: unknown = JSON.parse(text);
  return Array.isArray(values) ? values.map(String) : [];
}

/** The gateways or agents that there is anything of, by the kind of scope, in the order of their names. */
export async function scopesOf(
  aggregates: AggregateRepository,
  kind: "gateway" | "agent" | "config",
  { from, to }: Pick<Bins, "from" | "to">,
): Promise<readonly string[]> {
  const names = (Object.keys(cubes) as CubeName[]).filter((name) => cubes[name].scope === kind);
  const range = { from: new Date(from), to: new Date(to) };
  const found = await Promise.all(names.map((name) => aggregates.scopes(name, range)));
  return [...new Set(found.flat())].sort();
}
