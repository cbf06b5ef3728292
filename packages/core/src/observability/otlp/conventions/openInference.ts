import type { Convention } from "./convention.ts";

/** OpenInference (Arize Phoenix), specification/semantic_conventions.md. */
export const openInference: Convention = {
  name: "OpenInference",
  kind: {
    attributes: ["openinference.span.kind"],
    of: { llm: "modelCall", embedding: "modelCall", tool: "toolCall" },
  },
  agent: ["agent.name"],
  provider: ["llm.provider", "llm.system"],
  model: ["llm.response.model_name", "llm.model_name", "llm.request.model_name", "embedding.model_name"],
  inputTokens: ["llm.token_count.prompt"],
  outputTokens: ["llm.token_count.completion"],
  cacheReadTokens: ["llm.token_count.prompt_details.cache_read"],
  cacheWriteTokens: ["llm.token_count.prompt_details.cache_write"],
  tool: ["tool.name"],
};
