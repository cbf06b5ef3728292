import type { GatewayTool } from "../../tools.ts";
import { fuse } from "./fuse.ts";
import { keptIndex } from "./lexical.ts";
import type { SemanticRanking } from "./semantic.ts";

/** As many tools as AgentCore's search finds at most. */
export const maxResults = 10;

/** As much of each ranking as may come into the ten: the end of a long list is noise. */
const maxRanked = 50;

/** A search: who looks for what, among which tools. */
export interface ToolSearch {
  readonly query: string;
  /** The tools that the caller may see: ranking knows of no others. */
  readonly tools: readonly GatewayTool[];
  /** What the tools are of, as `keptIndex` takes it. */
  readonly configuration: object;
  readonly gatewayId: string;
  readonly caller: string;
}

/** What a search needs from around it. */
export interface SearchDependencies {
  /** Absent where the deployment has no embedding model: then words alone count. */
  readonly semantic?: SemanticRanking;
  /** Told when ranking by meaning failed, and words alone counted. */
  readonly onDegraded: (error: unknown) => void;
}

/**
 * The tools that fit a query best, best first, at most ten: by their words and, where there is an embedding model, by what
 * they mean, fused. A model that fails costs only its part.
 */
export async function searchTools(
  { query, tools, configuration, gatewayId, caller }: ToolSearch,
  { semantic, onDegraded }: SearchDependencies,
): Promise<readonly GatewayTool[]> {
  if (query.trim() === "") return [];
  const lexical = (await keptIndex(configuration, tools)).search(query);
  const meant = await semantic?.rank(query, gatewayId, tools, caller).catch((error: unknown) => {
    onDegraded(error);
    return [];
  });
  const ranked = fuse([lexical.slice(0, maxRanked), (meant ?? []).slice(0, maxRanked)]);
  return ranked.slice(0, maxResults).flatMap((place) => tools[place] ?? []);
}
