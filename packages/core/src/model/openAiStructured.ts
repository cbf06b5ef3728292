import { conceding, type StructuredAttempt } from "./concessions.ts";
import { objectsIn } from "./objectsIn.ts";
import { answerOfCompletion, bodyOf } from "./openAi.ts";
import { type OpenAiOptions, openAiEndpoint } from "./openAiEndpoint.ts";
import type { StructuredModel } from "./structured.ts";

/** What servers say that know no `response_format`, or none of this type. */
const structuredOutput = /response.?format|schema|structured|grammar/i;

/**
 * A model that answers with objects, behind OpenAI's chat completions: by `response_format` of the type `json_schema`, or
 * in words where the server refuses that. Some take it and don't follow it, so every answer is read leniently.
 *
 * @throws {GatehouseError} `validation` as `openAiEndpoint` says.
 */
export function openAiStructured(options: OpenAiOptions): StructuredModel {
  const { modelId } = options;
  const endpoint = openAiEndpoint(options, "chat/completions");
  const provider = providerOf(endpoint.address.hostname);
  return {
    modelId,
    ...(provider === undefined ? {} : { provider }),
    answer: conceding(structuredOutput, ({ request, bySchema }) =>
      endpoint.ask(
        request,
        { ...bodyOf(request, modelId, endpoint.address), ...(bySchema ? formatOf(request) : {}) },
        answerOf,
      ),
    ),
  };
}

function formatOf({ answer: { name, description, schema } }: StructuredAttempt["request"]) {
  return { response_format: { type: "json_schema", json_schema: { name, description, strict: true, schema } } };
}

function answerOf(text: string) {
  // Models that think may be cut off before the first word of an answer, which is then null.
  const answer = answerOfCompletion(text, { empty: true });
  return { ...answer, objects: objectsIn(answer.text) };
}

/** Those whose prices are known by the hosts of their APIs. A model of the same name elsewhere may cost anything. */
const providers: readonly (readonly [RegExp, string])[] = [
  [/^api\.openai\.com$/, "openai"],
  [/\.(?:openai\.azure\.com|services\.ai\.azure\.com)$/, "azure"],
  [/^generativelanguage\.googleapis\.com$|aiplatform\.googleapis\.com$/, "google"],
  [/^api\.anthropic\.com$/, "anthropic"],
  [/^api\.mistral\.ai$/, "mistral"],
  [/^api\.cohere\.(?:com|ai)$/, "cohere"],
  [/^api\.deepseek\.com$/, "deepseek"],
  [/^api\.x\.ai$/, "x-ai"],
  [/^api\.groq\.com$/, "groq"],
  [/^bedrock-runtime\.[\w-]+\.amazonaws\.com$|^bedrock-mantle\.[\w-]+\.api\.aws$/, "aws.bedrock"],
];

function providerOf(hostname: string): string | undefined {
  return providers.find(([host]) => host.test(hostname))?.[1];
}
