import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatehouseError } from "../errors.ts";
import { bedrockClient } from "./bedrock.ts";
import { bedrockEmbedding } from "./bedrockEmbedding.ts";
import type { EmbeddingClient } from "./embedding.ts";
import { openAiEmbedding } from "./openAiEmbedding.ts";
import { jsonReply, type Reply, scriptedServer } from "./testing.ts";

const secret = "sk-secret-0123456789";
/** No test waits: whoever is busy stays so. */
const once = { attempts: 1 };

/** What every implementation must do, in the words of its own wire. */
interface Wire {
  readonly http2: boolean;
  readonly path: string;
  readonly textsAtOnce: number;
  model(url: string): EmbeddingClient;
  reply(vectors: readonly (readonly number[])[]): Reply;
  error(status: number, message: string): Reply;
  /** The texts of a request. */
  read(body: string): readonly string[];
}

const bedrock = (modelId: string, url: string) =>
  bedrockEmbedding({
    client: bedrockClient({
      endpoint: url,
      region: "us-east-1",
      credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: secret },
    }),
    modelId,
    ...once,
  });
const bedrockError = (status: number, message: string) =>
  jsonReply(
    status,
    { message },
    { "x-amzn-errortype": status === 429 ? "ThrottlingException" : "ValidationException" },
  );

const wires: Readonly<Record<string, Wire>> = {
  "OpenAI-compatible": {
    http2: false,
    path: "/v1/embeddings",
    textsAtOnce: 16,
    model: (url) => openAiEmbedding({ url: `${url}/v1`, apiKey: secret, modelId: "small", ...once }),
    // The order is nobody's promise.
    reply: (vectors) =>
      jsonReply(200, { data: vectors.map((embedding, index) => ({ index, embedding })).toReversed() }),
    error: (status, message) => jsonReply(status, { error: { message } }),
    read(body) {
      const { input, model, encoding_format } = JSON.parse(body);
      expect([model, encoding_format]).toEqual(["small", "float"]);
      return input;
    },
  },
  "Titan on Bedrock": {
    http2: true,
    path: "/model/amazon.titan-embed-text-v2%3A0/invoke",
    textsAtOnce: 1,
    model: (url) => bedrock("amazon.titan-embed-text-v2:0", url),
    reply: ([embedding]) => jsonReply(200, { embedding, inputTextTokenCount: 3 }),
    error: bedrockError,
    read(body) {
      const { inputText, ...rest } = JSON.parse(body);
      expect(rest).toEqual({ dimensions: 512, normalize: true });
      return [inputText];
    },
  },
  "Cohere on Bedrock": {
    http2: true,
    path: "/model/eu.cohere.embed-v4%3A0/invoke",
    textsAtOnce: 16,
    model: (url) => bedrock("eu.cohere.embed-v4:0", url),
    reply: (float) => jsonReply(200, { id: "x", embeddings: { float } }),
    error: bedrockError,
    read(body) {
      const { texts, ...rest } = JSON.parse(body);
      expect(rest).toEqual({ input_type: "search_document", truncate: "END", embedding_types: ["float"] });
      return texts;
    },
  },
};

describe.for(Object.entries(wires))("%s", ([, wire]) => {
  let server: Awaited<ReturnType<typeof scriptedServer>>;
  beforeAll(async () => {
    server = await scriptedServer({ http2: wire.http2 });
  });
  afterAll(() => server.close());
  const embedding: Reply = (response, request) =>
    wire.reply(wire.read(request.body).map((text) => [text.length, 0.5]))(response, request);

  test("gives a vector for each text, in order, batch by batch", async () => {
    server.script(embedding);
    const texts = Array.from({ length: 20 }, (_, index) => "x".repeat(index + 1));
    expect(await wire.model(server.url).embed(texts, "document")).toEqual(texts.map(({ length }) => [length, 0.5]));
    expect(server.requests).toHaveLength(Math.ceil(20 / wire.textsAtOnce));
    expect(new Set(server.requests.map(({ path }) => path))).toEqual(new Set([wire.path]));
  });

  test("asks nothing about nothing", async () => {
    server.script(embedding);
    expect(await wire.model(server.url).embed([], "document")).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  test.for([
    ["an object of another kind", () => jsonReply(200, { choices: [] })],
    ["no vector", (reply: Wire["reply"]) => reply([])],
    ["a vector without numbers", (reply: Wire["reply"]) => reply([["x"] as unknown as number[]])],
    ["an empty vector", (reply: Wire["reply"]) => reply([[]])],
  ] as const)("takes %s for no answer", async ([, make]) => {
    server.script(make(wire.reply));
    await expect(wire.model(server.url).embed(["a"], "document")).rejects.toMatchObject({ code: "internal" });
  });

  test.for([
    [429, "throttled"],
    [400, "internal"],
  ] as const)("T18 says what went wrong with %i, and no secret", async ([status, code]) => {
    server.script(wire.error(status, `no: ${secret}`));
    const failed = await wire
      .model(server.url)
      .embed(["a"], "document")
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(GatehouseError);
    expect(failed).toMatchObject({ code });
    if (wire.path.startsWith("/v1")) expect(String(failed)).not.toContain(secret);
  });
});

test("Cohere is told what a text is for", async () => {
  const server = await scriptedServer({ http2: true });
  server.script(jsonReply(200, { embeddings: [[1]] }));
  expect(await bedrock("cohere.embed-english-v3", server.url).embed(["a"], "query")).toEqual([[1]]);
  expect(JSON.parse(server.requests[0]?.body ?? "")).toMatchObject({ input_type: "search_query" });
  await server.close();
});

test("a model of a family that nobody knows is refused with those that are known", () => {
  expect(() => bedrock("maker.small-v1:0", "http://127.0.0.1:1")).toThrow(/titan-embed-text-v2 or cohere\.embed/);
});
