import type { Convention } from "./convention.ts";

/** OpenTelemetry's semantic conventions for generative AI, with the names of attributes that have changed (v1.27 to v1.42). */
export const openTelemetry: Convention = {
  name: "OpenTelemetry gen_ai",
  kind: {
    attributes: ["gen_ai.operation.name"],
    of: {
      chat: "modelCall",
      text_completion: "modelCall",
      generate_content: "modelCall",
      embeddings: "modelCall",
      execute_tool: "toolCall",
    },
  },
  agent: ["gen_ai.agent.name"],
  provider: ["gen_ai.provider.name", "gen_ai.system"],
  model: ["gen_ai.response.model", "gen_ai.request.model"],
  inputTokens: ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"],
  outputTokens: ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"],
  cacheReadTokens: ["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"],
  cacheWriteTokens: [
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
  ],
  tool: ["gen_ai.tool.name"],
};
