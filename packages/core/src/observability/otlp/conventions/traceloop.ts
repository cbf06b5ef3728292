import type { Convention } from "./convention.ts";
import { openTelemetry } from "./openTelemetry.ts";

/** Traceloop's OpenLLMetry: OpenTelemetry's names of before they were settled, and its own for what agents do. */
export const traceloop: Convention = {
  name: "Traceloop",
  kind: {
    attributes: ["traceloop.span.kind", "llm.request.type"],
    of: { tool: "toolCall", chat: "modelCall", completion: "modelCall", embedding: "modelCall" },
  },
  agent: ["gen_ai.agent.name", "traceloop.workflow.name"],
  provider: ["gen_ai.provider.name", "gen_ai.system", "llm.vendor"],
  model: ["gen_ai.response.model", "llm.response.model", "gen_ai.request.model", "llm.request.model"],
  inputTokens: [...openTelemetry.inputTokens, "llm.usage.prompt_tokens"],
  outputTokens: [...openTelemetry.outputTokens, "llm.usage.completion_tokens"],
  cacheReadTokens: openTelemetry.cacheReadTokens,
  cacheWriteTokens: openTelemetry.cacheWriteTokens,
  tool: ["gen_ai.tool.name", "traceloop.entity.name"],
};
