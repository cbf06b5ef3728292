import { bedrockClient } from "@gatehouse/core/model/bedrock.ts";
import { bedrockEmbedding } from "@gatehouse/core/model/bedrockEmbedding.ts";
import type { EmbeddingClient } from "@gatehouse/core/model/embedding.ts";
import { openAiEmbedding } from "@gatehouse/core/model/openAiEmbedding.ts";
import type { Environment } from "./environment.ts";

/** The deployment's embedding model; undefined where it has none. */
export function embeddingModel(settings: Environment["embeddingModel"]): EmbeddingClient | undefined {
  if (settings === undefined) return undefined;
  const { modelId, url, apiKey } = settings;
  if (url === undefined) return bedrockEmbedding({ client: bedrockClient(), modelId });
  return openAiEmbedding({ url, modelId, ...(apiKey === undefined ? {} : { apiKey }) });
}
