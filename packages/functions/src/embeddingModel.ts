import type { EmbeddingClient } from "@gatehouse/core/model/embedding.ts";
import { openAiEmbedding } from "@gatehouse/core/model/openAiEmbedding.ts";
import type { Environment } from "./environment.ts";

/** The deployment's embedding model; undefined where it has none. */
export function embeddingModel(settings: Environment["embeddingModel"]): EmbeddingClient | undefined {
  if (settings === undefined) return undefined;
  const { modelId, url, apiKey } = settings;
  if (url === undefined) return onBedrock(modelId);
  return openAiEmbedding({ url, modelId, ...(apiKey === undefined ? {} : { apiKey }) });
}

/** Bedrock's client is loaded with the first question: a quarter of a megabyte that few calls need. */
function onBedrock(modelId: string): EmbeddingClient {
  let loading: Promise<EmbeddingClient> | undefined;
  const load = async () => {
    const [{ bedrockClient }, { bedrockEmbedding }] = await Promise.all([
      import("@gatehouse/core/model/bedrock.ts"),
      import("@gatehouse/core/model/bedrockEmbedding.ts"),
    ]);
    return bedrockEmbedding({ client: bedrockClient(), modelId });
  };
  return {
    modelId,
    async embed(texts, use, signal) {
      loading ??= load();
      return (await loading).embed(texts, use, signal);
    },
  };
}
