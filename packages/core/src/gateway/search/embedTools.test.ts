import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { GatehouseError } from "../../errors.ts";
import type { EmbeddingClient } from "../../model/embedding.ts";
import { gatewayOf, tool } from "../../policy/testing/configuration.ts";
import { startTestDatabase, type TestDatabase } from "../../storage/testing.ts";
import { digestOfText, vectorRepository } from "../../storage/vectorRepository.ts";
import { documentOf } from "./document.ts";
import { embedTools } from "./embedTools.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

let asked: string[] = [];
beforeEach(() => {
  asked = [];
});
const modelNamed = (modelId: string): EmbeddingClient => ({
  modelId,
  async embed(texts) {
    asked.push(...texts);
    return texts.map((text) => [text.length, -1]);
  },
});

const tools = (...names: string[]) => gatewayOf({ T: names.map((name) => tool(name, {})) });
const setting = (gateway: ReturnType<typeof tools> | undefined, model: EmbeddingClient) => ({
  repository: { loadGateway: async () => gateway },
  vectors: vectorRepository({ client: database.client, table: database.tables.config }),
  model,
});
const textOf = (name: string) => documentOf("T", tool(name, {}));

test("only what is new is embedded, and what no tool has any more is deleted", async () => {
  const model = modelNamed("one");
  const { vectors } = setting(undefined, model);
  const digests = async () => [...(await vectors.read("g1", "one")).keys()].toSorted();
  await embedTools("g1", setting(tools("a", "b"), model));
  expect(asked).toEqual([textOf("a"), textOf("b")]);
  await embedTools("g1", setting(tools("c", "b"), model));
  expect(asked.slice(2)).toEqual([textOf("c")]);
  expect(await digests()).toEqual(["b", "c"].map((name) => digestOfText(textOf(name))).toSorted());
  await embedTools("g1", setting(tools("c", "b"), model));
  expect(asked).toHaveLength(3);
  await embedTools("g1", setting(undefined, model));
  expect(await digests()).toEqual([]);
});

test("a vector comes back as what its direction is", async () => {
  const model: EmbeddingClient = { modelId: "two", embed: async (texts) => texts.map(() => [3, -4, 0]) };
  const where = setting(tools("a"), model);
  await embedTools("g2", where);
  expect([...(await where.vectors.read("g2", "two")).values()]).toEqual([Int8Array.of(76, -102, 0)]);
});

test("another model's vectors go, and another gateway's stay", async () => {
  await embedTools("g3", setting(tools("a"), modelNamed("one")));
  await embedTools("g4", setting(tools("a"), modelNamed("one")));
  await embedTools("g3", setting(tools("a"), modelNamed("one-more")));
  const { vectors } = setting(undefined, modelNamed("one"));
  expect((await vectors.read("g3", "one")).size).toBe(0);
  expect((await vectors.read("g3", "one-more")).size).toBe(1);
  expect((await vectors.read("g4", "one")).size).toBe(1);
});

test("what was embedded before the model failed isn't embedded again", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `tool_${index}`);
  const busy = new GatehouseError("throttled", "The model is busy.");
  const working = modelNamed("one");
  let batches = 0;
  const failing: EmbeddingClient = {
    modelId: "one",
    embed: async (texts, use) => {
      batches += 1;
      if (batches > 1) throw busy;
      return working.embed(texts, use);
    },
  };
  await expect(embedTools("g5", setting(tools(...names), failing))).rejects.toBe(busy);
  const before = asked.length;
  expect(before).toBeGreaterThan(0);
  await embedTools("g5", setting(tools(...names), working));
  expect(asked).toHaveLength(100);
  expect(new Set(asked).size).toBe(100);
});
