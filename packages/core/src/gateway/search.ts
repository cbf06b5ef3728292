import MiniSearch from "minisearch";
import type { GatewayTool } from "../tools.ts";

const maxResults = 10;
/** Every word of a query costs a walk through the index, near misses included: a query is cut to what says something. */
const maxQueryLength = 1_000;
const maxQueryWords = 32;

/** The tools that fit a query best, best first, at most ten: by the words of their names, descriptions and parameters. */
export function searchTools(query: string, tools: readonly GatewayTool[]): readonly GatewayTool[] {
  const index = new MiniSearch<{ id: number; name: string; description: string; parameters: string }>({
    fields: ["name", "description", "parameters"],
    searchOptions: { boost: { name: 3, description: 2 }, prefix: true, fuzzy: 0.2 },
  });
  index.addAll(
    tools.map(({ name, description }, id) => ({
      id,
      name: words(name),
      description: description.description ?? "",
      parameters: words(Object.keys(description.inputSchema.properties ?? {}).join(" ")),
    })),
  );
  return index
    .search(shortened(query))
    .slice(0, maxResults)
    .flatMap(({ id }) => tools[id as number] ?? []);
}

function shortened(query: string): string {
  const distinct = new Set(words(query.slice(0, maxQueryLength)).toLowerCase().split(" "));
  return [...distinct].slice(0, maxQueryWords).join(" ");
}

/** The words inside an identifier: `createApplication` and `create_application` alike. */
function words(identifier: string): string {
  return identifier.replaceAll(/([a-z\d])([A-Z])/g, "$1 $2").replaceAll(/[^A-Za-z\d]+/g, " ");
}
