import { LRUCache } from "lru-cache";
import type { EmbeddingClient } from "../../model/embedding.ts";
import { digestOfText, type StoredVector, type VectorRepository } from "../../storage/vectorRepository.ts";
import type { GatewayTool } from "../../tools.ts";
import { documentOfTool } from "./document.ts";
import { nearest, quantized } from "./vectors.ts";

/** Ranks tools by what they mean. */
export interface SemanticRanking {
  /**
   * @param caller who asks, as the key of what is remembered: nobody learns from its speed what others looked for.
   * @returns the places of the tools that have a vector, best first.
   * @throws whatever keeps the model or the table from answering in time.
   */
  rank(query: string, gatewayId: string, tools: readonly GatewayTool[], caller: string): Promise<readonly number[]>;
}

/** Longer than a person waits for is too long; words alone find something as well. */
const queryMilliseconds = 3_000;
/** How long vectors are taken for all there are; those of new tools are found a little later. */
const vectorsMilliseconds = 30_000;

/** Ranks by the embedding model's vectors, which `embedTools` has made. */
export function semanticRanking(options: { model: EmbeddingClient; vectors: VectorRepository }): SemanticRanking {
  const { model, vectors } = options;
  const queries = new LRUCache<string, StoredVector>({ max: 1_000 });
  const kept = new LRUCache<string, Promise<ReadonlyMap<string, StoredVector>>>({ max: 50, ttl: vectorsMilliseconds });

  function vectorsOf(gatewayId: string): Promise<ReadonlyMap<string, StoredVector>> {
    let reading = kept.get(gatewayId);
    if (reading === undefined) {
      const started = vectors.read(gatewayId, model.modelId);
      kept.set(gatewayId, started);
      started.catch(() => kept.peek(gatewayId) === started && kept.delete(gatewayId));
      reading = started;
    }
    return reading;
  }

  async function embedded(query: string, key: string): Promise<StoredVector> {
    const known = queries.get(key);
    if (known !== undefined) return known;
    const [vector = []] = await model.embed([query], "query", AbortSignal.timeout(queryMilliseconds));
    const made = quantized(vector);
    queries.set(key, made);
    return made;
  }

  return {
    async rank(query, gatewayId, tools, caller) {
      const stored = await vectorsOf(gatewayId);
      // Without vectors there is nothing to ask the model for.
      if (stored.size === 0) return [];
      const of = tools.map((tool) => stored.get(digestOf(tool)));
      return nearest(await embedded(query, JSON.stringify([gatewayId, caller, query])), of);
    },
  };
}

/** Tools never change, and are looked at in every search. */
const digests = new WeakMap<GatewayTool, string>();

function digestOf(tool: GatewayTool): string {
  let digest = digests.get(tool);
  if (digest === undefined) {
    digest = digestOfText(documentOfTool(tool));
    digests.set(tool, digest);
  }
  return digest;
}
