import { describe, expect, test } from "vitest";
import { GatehouseError } from "../../errors.ts";
import type { EmbeddingClient } from "../../model/embedding.ts";
import { digestOfText, type StoredVector, type VectorRepository } from "../../storage/vectorRepository.ts";
import type { GatewayTool } from "../../tools.ts";
import { corpusQueries } from "./corpus/queries.ts";
import { corpusSize, measureRecall } from "./corpus/recall.ts";
import { corpusTools } from "./corpus/tools.ts";
import { documentOfTool } from "./document.ts";
import { type SearchDependencies, searchTools } from "./search.ts";
import { semanticRanking } from "./semantic.ts";
import { quantized } from "./vectors.ts";

const tools: GatewayTool[] = Array.from({ length: 300 }, (_, index) => ({
  name: `Target___tool_number_${index}`,
  description: {
    name: `tool_number_${index}`,
    description: index === 7 ? "Approves an insurance claim" : `Does the thing with the number ${index}`,
    inputSchema: { type: "object", properties: { claimAmount: { type: "integer" } } },
  },
}));

const onDegraded = (error: unknown) => {
  throw error;
};
const search = async (
  query: string,
  among: readonly GatewayTool[] = tools,
  dependencies: Partial<SearchDependencies> = {},
  caller = "alice",
) => {
  const request = { query, tools: among, configuration: among, gatewayId: "g", caller };
  return (await searchTools(request, { onDegraded, ...dependencies })).map(({ name }) => name);
};

describe("by words", () => {
  test("finds by description, name and parameter, best first, at most ten", async () => {
    expect((await search("approve a claim"))[0]).toBe("Target___tool_number_7");
    expect((await search("approving claims"))[0]).toBe("Target___tool_number_7");
    expect((await search("number 42"))[0]).toBe("Target___tool_number_42");
    expect(await search("claim amount")).toHaveLength(10);
    expect(await search("")).toEqual([]);
    expect(await search("  ")).toEqual([]);
    expect(await search("the of a")).toEqual([]);
  });

  test("T11 a query of many words costs no more than its first ones", async () => {
    expect((await search("a ".repeat(100_000))).length).toBeLessThanOrEqual(10);
    const words = Array.from({ length: 20_000 }, (_, index) => `w${index}`).join(" ");
    expect(await search(`claim ${words}`)).toHaveLength(10);
  });

  test("what a caller may not see changes nothing of what they find", async () => {
    const some = corpusTools.filter((_, index) => index % 3 === 0);
    for (const { query } of corpusQueries) {
      const request = { query, tools: some, gatewayId: "g", caller: "alice" };
      const beside = await searchTools({ ...request, configuration: corpusTools }, { onDegraded });
      expect(beside).toEqual(await searchTools({ ...request, configuration: {} }, { onDegraded }));
    }
  });
});

/** A model that knows a few words for the same thing. */
const concepts = [
  ["invoice", "bill", "owe", "unpaid"],
  ["weather", "rain", "hot"],
  ["door", "lock"],
];

function conceptModel(): EmbeddingClient & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    modelId: "concepts",
    async embed(texts) {
      asked.push(...texts);
      return texts.map((text) => concepts.map((words) => words.filter((word) => text.includes(word)).length));
    },
  };
}

function keeping(stored: ReadonlyMap<string, StoredVector>): VectorRepository {
  return { read: async () => new Map(stored), write: async () => {}, keepOnly: async () => {} };
}

const shop: GatewayTool[] = ["list_invoices", "get_weather", "close_door"].map((name) => ({
  name: `T___${name}`,
  description: { name, description: "", inputSchema: { type: "object" } },
}));

async function embedded(model: EmbeddingClient): Promise<Map<string, StoredVector>> {
  const documents = shop.map(documentOfTool);
  const vectors = await model.embed(documents, "document");
  return new Map(documents.map((text, index) => [digestOfText(text), quantized(vectors[index] ?? [])]));
}

describe("by meaning", () => {
  test("finds what has none of the words", async () => {
    const model = conceptModel();
    const semantic = semanticRanking({ model, vectors: keeping(await embedded(model)) });
    expect(await search("who will owe us", shop)).toEqual([]);
    expect((await search("who will owe us", shop, { semantic }))[0]).toBe("T___list_invoices");
    expect((await search("is it hot, will it rain", shop, { semantic }))[0]).toBe("T___get_weather");
  });

  test("T04 what one caller has looked for is remembered for nobody else", async () => {
    const model = conceptModel();
    const semantic = semanticRanking({ model, vectors: keeping(await embedded(model)) });
    model.asked.length = 0;
    for (const caller of ["alice", "alice", "bob"]) await search("who will owe us", shop, { semantic }, caller);
    expect(model.asked).toEqual(["who will owe us", "who will owe us"]);
  });

  test("words alone count where no tool has a vector, and the model isn't asked", async () => {
    const model = conceptModel();
    const semantic = semanticRanking({ model, vectors: keeping(new Map()) });
    expect(await search("weather", shop, { semantic })).toEqual(["T___get_weather"]);
    expect(model.asked).toEqual([]);
  });

  test("words alone count where the model fails, and it is told", async () => {
    const vectors = keeping(await embedded(conceptModel()));
    const busy = new GatehouseError("throttled", "The model concepts is busy.");
    const semantic = semanticRanking({ model: { modelId: "concepts", embed: () => Promise.reject(busy) }, vectors });
    const told: unknown[] = [];
    const found = await search("weather", shop, { semantic, onDegraded: (error) => told.push(error) });
    expect(found).toEqual(["T___get_weather"]);
    expect(told).toEqual([busy]);
  });

  test("the table is asked again after it failed", async () => {
    const model = conceptModel();
    const stored = await embedded(model);
    const failure = new Error("no table");
    const answers = [() => Promise.reject(failure), () => Promise.resolve(stored)];
    const vectors = { ...keeping(stored), read: () => answers.shift()?.() ?? Promise.resolve(new Map()) };
    const semantic = semanticRanking({ model, vectors });
    const told: unknown[] = [];
    expect(await search("who will owe us", shop, { semantic, onDegraded: (error) => told.push(error) })).toEqual([]);
    expect((await search("who will owe us", shop, { semantic }))[0]).toBe("T___list_invoices");
    expect(told).toEqual([failure]);
  });

  test("vectors of another length are of another model, and left out", async () => {
    const model = conceptModel();
    const stored = [...(await embedded(model)).keys()].map((digest) => [digest, quantized([1, 2])] as const);
    const semantic = semanticRanking({ model, vectors: keeping(new Map(stored)) });
    expect(await search("weather", shop, { semantic })).toEqual(["T___get_weather"]);
  });
});

describe("the corpus", () => {
  test("has at least 300 tools and 100 queries, and every tool that a query is to find", () => {
    expect(corpusSize.tools).toBeGreaterThanOrEqual(300);
    expect(corpusSize.queries).toBeGreaterThanOrEqual(100);
    const names = new Set(corpusTools.map(({ name }) => name));
    expect(names.size).toBe(corpusSize.tools);
    expect(corpusQueries.flatMap(({ relevant }) => relevant).filter((name) => !names.has(name))).toEqual([]);
  });

  test("is searched by words no worse than before", async () => {
    const { at10, first } = await measureRecall((query) => search(query, corpusTools));
    expect(at10).toBeGreaterThan(0.64);
    expect(first).toBeGreaterThan(0.36);
  });
});
