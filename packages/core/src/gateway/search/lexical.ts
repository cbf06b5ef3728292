import { LRUCache } from "lru-cache";
import MiniSearch from "minisearch";
import type { GatewayTool } from "../../tools.ts";
import { parametersOf } from "./document.ts";
import { termsOf } from "./terms.ts";

/** Finds tools by their words. */
export interface LexicalIndex {
  /** The places of the tools that have words of the query, best first. */
  search(query: string): readonly number[];
}

/** Every word of a query costs a walk through the index, near misses included: a query is cut to what says something. */
const maxQueryLength = 1_000;
const maxQueryTerms = 32;

/** A short word with one letter changed is another word. */
const shortestFuzzyTerm = 6;
const shortestPrefix = 4;

/** Ten thousand tools take a second to index: whatever else the process does is not to wait for all of it. */
const chunkSize = 100;

/**
 * Ranks by BM25 over target, name, description and parameters. A tool that isn't in the list has no part in it, not even
 * in how rare a word is: what a caller may not see changes nothing of what they find.
 */
async function lexicalIndex(tools: readonly GatewayTool[]): Promise<LexicalIndex> {
  const index = new MiniSearch<{ id: number; target: string; name: string; description: string; parameters: string }>({
    fields: ["target", "name", "description", "parameters"],
    tokenize: termsOf,
    processTerm: (term) => term,
    searchOptions: {
      prefix: (term) => term.length >= shortestPrefix,
      fuzzy: (term) => (term.length >= shortestFuzzyTerm ? 0.2 : false),
    },
  });
  await index.addAllAsync(
    tools.map(({ target, description }, id) => ({
      id,
      target: target?.name ?? "",
      name: description.name,
      description: `${description.title ?? ""} ${description.description ?? ""}`,
      parameters: parametersOf(description),
    })),
    { chunkSize },
  );
  return {
    search(query) {
      const terms = [...new Set(termsOf(query.slice(0, maxQueryLength)))].slice(0, maxQueryTerms);
      return index.search(terms.join(" "), { tokenize: (text) => text.split(" ") }).map(({ id }) => Number(id));
    },
  };
}

/** Callers who see the same tools share an index; the lists of a gateway's callers are few, and large. */
const maxIndexes = 8;
const indexes = new WeakMap<object, LRUCache<string, Promise<LexicalIndex>>>();

/**
 * The index of some tools, kept as long as the configuration that they are of.
 * @param configuration what the tools are of: the same object, the same tools by name.
 */
export function keptIndex(configuration: object, tools: readonly GatewayTool[]): Promise<LexicalIndex> {
  let kept = indexes.get(configuration);
  if (kept === undefined) {
    kept = new LRUCache({ max: maxIndexes });
    indexes.set(configuration, kept);
  }
  const key = tools.map(({ name }) => name).join("\n");
  let index = kept.get(key);
  if (index === undefined) {
    index = lexicalIndex(tools);
    kept.set(key, index);
  }
  return index;
}
