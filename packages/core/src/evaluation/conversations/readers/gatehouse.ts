import { isJsonObject, type Json } from "../../../json.ts";
import type { Span } from "../../../observability/spans/span.ts";
import { firstText, valueIn } from "../json.ts";
import { resultOf } from "../messages/content.ts";
import { openTelemetry } from "./openTelemetry.ts";
import type { Reader } from "./reader.ts";
import { toolsOf } from "./tools.ts";

/** Whether a span says that the gateway has made it. Whoever knows where a span comes from knows better. */
export function isOfGateway({ scope }: Span): boolean {
  return scope.name === "gatehouse.gateway";
}

/** The gateway's own spans: what an agent has asked it for, what was decided, and what came of it (`gateway/tracing/spans.ts`). */
export const gatehouse: Reader = {
  ...openTelemetry,
  name: "Gatehouse",
  attributes: {
    ...openTelemetry.attributes,
    toolArguments: "gen_ai.tool.call.arguments (the gateway's setting recordArguments)",
    toolResult: "gen_ai.tool.call.result (the gateway's setting recordResults)",
  },
  messages: () => ({ input: [], output: [] }),
  systemInstructions: () => [],
  // What it was asked for need not be there.
  availableTools: ({ attributes }) => toolsOf(attributes["aws.agentcore.policy.allowed_tools"] ?? []),
  toolCall(span) {
    const { attributes } = span;
    const decision = decisionOf(span);
    const error = firstText(attributes["error.type"]);
    const said = saidError(attributes["gen_ai.tool.call.result"]);
    return {
      ...openTelemetry.toolCall(span),
      ...(decision === undefined ? {} : { decision }),
      ...(error === undefined ? {} : { error: said === undefined ? error : `${error}: ${said}` }),
    };
  },
};

/** What the ledger calls the decision: whatever was not allowed was denied, if only as a matter of record. */
export function decisionOf({ attributes }: Span): "ALLOW" | "DENY" | undefined {
  const outcome = attributes["gatehouse.decision.outcome"];
  if (outcome === "allowed") return "ALLOW";
  return outcome === "denied" || outcome === "would-deny" || outcome === "rejected" ? "DENY" : undefined;
}

function saidError(result: Json | undefined): string | undefined {
  const told = valueIn(result);
  if (!isJsonObject(told) || told.isError !== true) return undefined;
  const said = resultOf(told);
  return typeof said === "string" ? said : undefined;
}
