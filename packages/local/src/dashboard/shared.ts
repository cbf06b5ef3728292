import type { AggregateRepository, Cell } from "@gatehouse/core/storage/aggregateRepository.ts";

/**
 * Aggregates of which everything is read once, however many widgets want it: several draw the same cells. For one page, and
 * no longer: what was read isn't read again.
 */
export function sharedAggregates(aggregates: AggregateRepository): AggregateRepository {
  const cells = new Map<string, Promise<readonly Cell[]>>();
  const scopes = new Map<string, Promise<readonly string[]>>();
  return {
    async *cells({ where = {}, ...query }) {
      const all = await once(cells, query, () => Array.fromAsync(aggregates.cells(query)));
      const wanted = Object.entries(where);
      for (const cell of all) {
        if (wanted.every(([name, values]) => isOneOf(cell.dimensions[name], values))) yield cell;
      }
    },
    worstScores: (query) => aggregates.worstScores(query),
    scopes: (cube, range) => once(scopes, { cube, range }, () => aggregates.scopes(cube, range)),
  };
}

function once<Value>(read: Map<string, Promise<Value>>, query: object, ask: () => Promise<Value>): Promise<Value> {
  const key = JSON.stringify(query);
  const value = read.get(key) ?? ask();
  read.set(key, value);
  return value;
}

function isOneOf(value: string | undefined, values: readonly string[]): boolean {
  return value !== undefined && values.includes(value);
}
