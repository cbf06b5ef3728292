import type { Span } from "../../spans/span.ts";
import { textOf } from "./read.ts";

/** Where conventions say what session a span belongs to; the first that is there counts. */
const sessionAttributes = [
  // OpenTelemetry, OpenInference, Strands, and AgentCore's runtime by its baggage.
  "session.id",
  "gen_ai.conversation.id",
  "traceloop.association.properties.session_id",
  // What HTTP servers are told by whoever calls an agent on AgentCore's runtime.
  "http.request.header.x-amzn-bedrock-agentcore-runtime-session-id",
  "http.request.header.x_amzn_bedrock_agentcore_runtime_session_id",
  "aws.bedrock.agentcore.runtime.session.id",
  "langfuse.session.id",
];

/** The session that a span says it belongs to; else the one that its process does. */
export function sessionOf({ attributes, resource }: Span): string | undefined {
  return textOf(attributes, sessionAttributes) ?? textOf(resource, ["session.id"]);
}
