import type { CubeName } from "../observability/cubes.ts";
import type { Histogram } from "../observability/histogram.ts";

/** Which counts: of one cube and scope, from one moment (inclusive) to another (exclusive), at one resolution. */
export interface CellQuery {
  readonly cube: CubeName;
  /** The gateway's id, or the agent's name. */
  readonly scope: string;
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
