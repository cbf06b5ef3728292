import { InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import * as z from "zod";
import { GatehouseError } from "../errors.ts";
import { askWithin } from "./attempts.ts";
import { attemptOn, type BedrockOptions, guardAnswerOf } from "./bedrock.ts";
import { type EmbeddingClient, embedInBatches, type TextUse, textsAtOnce } from "./embedding.ts";

/** How a family of Bedrock's embedding models is asked: there is no API that is the same for all of them. */
interface Family {
  /** As many texts go into one request. */
  readonly textsAtOnce: number;
  body(texts: readonly string[], use: TextUse): unknown;
  readonly answer: z.ZodType<readonly (readonly number[])[]>;
}

const vector = z.array(z.number()).min(1);

/** By what the id of a model has in it, whatever inference profile or ARN it is part of. */
const families: Readonly<Record<string, Family>> = {
  "amazon.titan-embed-text-v2": {
    textsAtOnce: 1,
    body: ([inputText]) => ({ inputText, dimensions: 512, normalize: true }),
    answer: z.object({ embedding: vector }).transform(({ embedding }) => [embedding]),
  },
  "cohere.embed": {
    textsAtOnce,
    body: (texts, use) => ({
      texts,
      input_type: use === "query" ? "search_query" : "search_document",
      truncate: "END",
      embedding_types: ["float"],
    }),
    answer: z
      .object({ embeddings: z.union([z.array(vector), z.object({ float: z.array(vector) })]) })
      .transform(({ embeddings }) => (Array.isArray(embeddings) ? embeddings : embeddings.float)),
  },
};

/**
 * An embedding model of Amazon Bedrock: Titan Text Embeddings V2, or one of Cohere Embed.
 *
 * @throws {GatehouseError} `validation` for any other.
 */
export function bedrockEmbedding({ client, modelId, ...limits }: BedrockOptions): EmbeddingClient {
  const family = Object.entries(families).find(([name]) => modelId.includes(name))?.[1];
  if (family === undefined) {
    const known = Object.keys(families).join(" or ");
    throw new GatehouseError("validation", `The embedding model ${modelId} must be one of ${known}.`);
  }

  const { body: bodyOf, answer } = family;

  async function ask(texts: readonly string[], use: TextUse, signal?: AbortSignal) {
    const command = new InvokeModelCommand({
      modelId,
      contentType: "application/json",
      accept: "application/json",
      body: JSON.stringify(bodyOf(texts, use)),
    });
    guardAnswerOf(command.middlewareStack);
    return askWithin(modelId, signal === undefined ? {} : { signal }, limits, (within) =>
      attemptOn(modelId, within, async () => {
        const { body } = await client.send(command, { abortSignal: within });
        const { success, data } = answer.safeParse(JSON.parse(body.transformToString()));
        if (!success) throw new Error("its answer has no embeddings");
        if (data.length !== texts.length) throw new Error(`it gave ${data.length} vectors for ${texts.length} texts`);
        return data;
      }),
    );
  }

  return {
    modelId,
    embed: (texts, use, signal) => embedInBatches(texts, (batch) => ask(batch, use, signal), family.textsAtOnce),
  };
}
