/** What a text is to be found by, or for. Some models read the two differently. */
export type TextUse = "document" | "query";

/** A model that says by vectors which texts mean alike: `openAiEmbedding.ts` and `bedrockEmbedding.ts` implement it. */
export interface EmbeddingClient {
  readonly modelId: string;
  /**
   * @param texts none of them empty.
   * @returns a vector for each, in order, all of one length.
   * @throws {GatehouseError} as `ModelClient.converse` does; `internal` for vectors that are none.
   */
  embed(texts: readonly string[], use: TextUse, signal?: AbortSignal): Promise<readonly (readonly number[])[]>;
}

/** As many texts go into one request, if the model takes them: an answer stays below what is read of one. */
export const textsAtOnce = 16;

/**
 * Embeds texts in batches, one after another: a provider's limit is for all that a deployment does.
 * @param ask embeds the texts of one batch: as many vectors as texts.
 */
export async function embedInBatches(
  texts: readonly string[],
  ask: (batch: readonly string[]) => Promise<readonly (readonly number[])[]>,
  batchSize = textsAtOnce,
): Promise<readonly (readonly number[])[]> {
  const vectors: (readonly number[])[] = [];
  for (let at = 0; at < texts.length; at += batchSize) {
    vectors.push(...(await ask(texts.slice(at, at + batchSize))));
  }
  return vectors;
}
