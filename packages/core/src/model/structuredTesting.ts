import type { ModelLimits } from "./attempts.ts";
import { bedrockClient } from "./bedrock.ts";
import { bedrockStructured } from "./bedrockStructured.ts";
import { openAiStructured } from "./openAiStructured.ts";
import type { StructuredModel } from "./structured.ts";
import { bedrockReply, jsonReply, openAiReply, type Reply } from "./testing.ts";

/** For tests only: the secrets that the wires below carry. */
export const wireSecret = "sk-secret-0123456789";

/** For tests only: what structured output looks like on a wire. */
export interface StructuredWire {
  readonly http2: boolean;
  model(url: string, limits?: ModelLimits): StructuredModel;
  /** An answer by the wire's structured output. */
  object(value: unknown, reason?: string): Reply;
  /** An answer in words. */
  text(text: string, reason?: string): Reply;
  readonly cut: string;
  /** A refusal to answer. */
  readonly refusal: Reply;
  error(status: number, message: string, headers?: Readonly<Record<string, string>>): Reply;
  /** How the wire refuses structured output, and a temperature. */
  readonly noSchema: Reply;
  readonly noTemperature: Reply;
  /** A request's schema where the wire says it, its temperature, and all of its texts. */
  read(body: string): { readonly schema: unknown; readonly temperature: unknown; readonly texts: readonly string[] };
}

const openAi: StructuredWire = {
  http2: false,
  model: (url, limits) => openAiStructured({ url: `${url}/v1`, apiKey: wireSecret, modelId: "small", ...limits }),
  object: (value, reason) => openAiReply(JSON.stringify(value), reason),
  text: openAiReply,
  cut: "length",
  refusal: jsonReply(200, {
    choices: [{ message: { content: null, refusal: "I'm sorry, I can't." }, finish_reason: "stop" }],
    usage: { prompt_tokens: 11, completion_tokens: 7 },
  }),
  error: (status, message, headers) => jsonReply(status, { error: { message, type: "x" } }, headers),
  noSchema: jsonReply(400, {
    error: {
      message: "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
      type: "invalid_request_error",
      param: "response_format",
      code: null,
    },
  }),
  noTemperature: jsonReply(400, {
    error: {
      message:
        "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
      type: "invalid_request_error",
      param: "temperature",
      code: "unsupported_value",
    },
  }),
  read(body) {
    const { response_format: format, temperature, messages } = JSON.parse(body);
    return {
      schema: format?.json_schema.schema,
      temperature,
      texts: messages.map(({ content }: { content: string }) => content),
    };
  },
};

const bedrock: StructuredWire = {
  http2: true,
  model: (endpoint, limits) => {
    const credentials = {
      accessKeyId: "AKIAEXAMPLE",
      secretAccessKey: wireSecret,
      sessionToken: `${wireSecret}-session`,
    };
    return bedrockStructured({
      client: bedrockClient({ endpoint, region: "us-east-1", credentials }),
      modelId: "amazon.nova-lite-v1:0",
      ...limits,
    });
  },
  object: (input, stopReason = "tool_use") =>
    jsonReply(200, {
      output: {
        message: {
          role: "assistant",
          content: [{ text: "I use the tool." }, { toolUse: { toolUseId: "tooluse_1", name: "verdict", input } }],
        },
      },
      stopReason,
      usage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 },
      metrics: { latencyMs: 5 },
    }),
  text: bedrockReply,
  cut: "max_tokens",
  refusal: bedrockReply("The guardrail says no.", "guardrail_intervened"),
  error(status, message, headers) {
    const names: Readonly<Record<number, string>> = {
      400: "ValidationException",
      403: "AccessDeniedException",
      429: "ThrottlingException",
      503: "ServiceUnavailableException",
    };
    return jsonReply(status, { message }, { "x-amzn-errortype": names[status] ?? "OtherException", ...headers });
  },
  noSchema: jsonReply(
    400,
    {
      message:
        "This model doesn't support the toolConfig.toolChoice.tool field. Remove toolConfig.toolChoice.tool and try again.",
    },
    { "x-amzn-errortype": "ValidationException" },
  ),
  noTemperature: jsonReply(
    400,
    { message: "The model returned the following errors: `temperature` is deprecated for this model." },
    { "x-amzn-errortype": "ValidationException" },
  ),
  read(body) {
    const { toolConfig, inferenceConfig, system, messages } = JSON.parse(body);
    const forced = toolConfig?.toolChoice?.tool?.name;
    const [tool] = toolConfig?.tools ?? [];
    return {
      schema: forced !== undefined && tool.toolSpec.name === forced ? tool.toolSpec.inputSchema.json : undefined,
      temperature: inferenceConfig.temperature,
      texts: [system[0].text, ...messages.map(({ content }: { content: { text: string }[] }) => content[0]?.text)],
    };
  },
};

/** For tests only: the wires, with their names. */
export const structuredWires: readonly (readonly [string, StructuredWire])[] = [
  ["OpenAI's chat completions", openAi],
  ["Bedrock's Converse", bedrock],
];
