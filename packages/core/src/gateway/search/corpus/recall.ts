import { corpusQueries } from "./queries.ts";
import { corpusTools } from "./tools.ts";

/** How well a search does on the corpus. */
export interface Recall {
  /** Of the tools that fit a query, the share that is among the first ten; the mean over all queries. */
  readonly at10: number;
  /** The share of the queries whose first result fits. */
  readonly first: number;
  /** The queries that miss a tool, with what they miss. */
  readonly missed: readonly string[];
}

/** Measures a search. @param search the names that it finds, best first, at most ten. */
export async function measureRecall(search: (query: string) => Promise<readonly string[]>): Promise<Recall> {
  let found = 0;
  let first = 0;
  const missed: string[] = [];
  for (const { query, relevant } of corpusQueries) {
    const names = await search(query);
    const missing = relevant.filter((name) => !names.includes(name));
    found += 1 - missing.length / relevant.length;
    if (relevant.includes(names[0] ?? "")) first += 1;
    if (missing.length > 0) missed.push(`${query}: ${missing.join(", ")}`);
  }
  return { at10: found / corpusQueries.length, first: first / corpusQueries.length, missed };
}

/** How much there is to find, and to look for. */
export const corpusSize = { tools: corpusTools.length, queries: corpusQueries.length } as const;
