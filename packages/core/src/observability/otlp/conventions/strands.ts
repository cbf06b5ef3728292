import type { Convention } from "./convention.ts";
import { openTelemetry } from "./openTelemetry.ts";

/**
 * The Strands Agents SDK: OpenTelemetry's names, with its own name where the model's provider would be. Its runs of agents
 * carry the sums of their model calls, which are counted by themselves.
 */
export const strands: Convention = {
  ...openTelemetry,
  name: "Strands",
  applies: ({ scope, attributes }) =>
    scope.name.startsWith("strands.") || attributes["gen_ai.system"] === "strands-agents",
  noProvider: ["strands-agents"],
};
