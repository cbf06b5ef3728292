import * as z from "zod";
import { type EmbeddingClient, embedInBatches } from "./embedding.ts";
import { jsonOf, type OpenAiOptions, openAiEndpoint } from "./openAiEndpoint.ts";

const embeddings = z.object({
  data: z.array(z.object({ index: z.number().int().nonnegative(), embedding: z.array(z.number()).min(1) })),
});

/**
 * An embedding model behind OpenAI's `/embeddings`, which vLLM, Ollama, llama.cpp, LM Studio and most providers speak.
 *
 * @throws {GatehouseError} `validation` as `openAiEndpoint` says.
 */
export function openAiEmbedding(options: OpenAiOptions): EmbeddingClient {
  const { modelId } = options;
  const endpoint = openAiEndpoint(options, "embeddings");
  return {
    modelId,
    embed: (texts, _use, signal) =>
      embedInBatches(texts, (input) => {
        const body = { model: modelId, input, encoding_format: "float" };
        return endpoint.ask(signal === undefined ? {} : { signal }, body, (text) => vectorsOf(text, input.length));
      }),
  };
}

/** Each says which text it is of; the order is nobody's promise. */
function vectorsOf(text: string, count: number): number[][] {
  const { success, data } = embeddings.safeParse(jsonOf(text));
  if (!success) throw new Error("its answer is no list of embeddings");
  const byIndex = new Map(data.data.map(({ index, embedding }) => [index, embedding]));
  return Array.from({ length: count }, (_, index) => {
    const vector = byIndex.get(index);
    if (vector === undefined) throw new Error(`its answer has no embedding of text ${index + 1} of ${count}`);
    return vector;
  });
}
