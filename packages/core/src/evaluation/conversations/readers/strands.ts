import { isJsonObject, type Json } from "../../../json.ts";
import type { Span } from "../../../observability/spans/span.ts";
import { valueIn } from "../json.ts";
import { inTime, messagesOfEvents } from "./events.ts";
import { openTelemetry, toldContent } from "./openTelemetry.ts";
import type { Reader, ToolCallTold } from "./reader.ts";

/**
 * The Strands Agents SDK: OpenTelemetry's attributes and events, but that the events of a tool's span tell of its arguments and
 * of its result, where OpenTelemetry's would tell of a message to the model.
 */
export const strands: Reader = {
  ...openTelemetry,
  name: "Strands",
  attributes: {
    ...openTelemetry.attributes,
    modelInput: "the events gen_ai.user.message (or gen_ai.input.messages)",
    modelOutput: "the event gen_ai.choice (or gen_ai.output.messages)",
    agentInput: "the event gen_ai.user.message (or gen_ai.input.messages)",
    agentOutput: "the event gen_ai.choice (or gen_ai.output.messages)",
    toolArguments: "the event gen_ai.tool.message (or gen_ai.tool.call.arguments)",
    toolResult: "the event gen_ai.choice (or gen_ai.tool.call.result)",
    availableTools: "gen_ai.agent.tools",
  },
  toolCall(span) {
    const told = openTelemetry.toolCall(span);
    return { ...ofEvents(span), ...told };
  },
};

function ofEvents(span: Span): ToolCallTold {
  const events = inTime(span);
  const asked = events.find(({ name }) => name === "gen_ai.tool.message")?.attributes.content;
  const answered = events.findLast(({ name }) => name === "gen_ai.choice")?.attributes.message;
  if (asked !== undefined || answered !== undefined) return toldContent(asked, answered);
  return ofRecords(span);
}

/** In the conventions as they are now, and in the records of AWS's distribution, both are told as messages. */
function ofRecords(span: Span): ToolCallTold {
  const { input, output } = messagesOfEvents(span);
  const call = input.flatMap(({ toolCalls = [] }) => toolCalls)[0];
  const record = input.find(({ role }) => role === "tool");
  const args: Json | undefined = call?.arguments ?? (record === undefined ? undefined : valueIn(record.text));
  const result = output.at(-1)?.text;
  return toldContent(isJsonObject(args) || call !== undefined ? args : undefined, result);
}
