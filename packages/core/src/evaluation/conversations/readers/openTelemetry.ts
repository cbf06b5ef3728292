import type { Json } from "../../../json.ts";
import type { Span } from "../../../observability/spans/span.ts";
import type { AvailableTool } from "../../conversation.ts";
import { firstText, valueIn } from "../json.ts";
import { resultOf } from "../messages/content.ts";
import { messagesOf } from "../messages/messages.ts";
import { instructionsOf, instructionsOfEvents, messagesOfEvents } from "./events.ts";
import type { Reader, ToolCallTold } from "./reader.ts";
import { tool, toolsOf } from "./tools.ts";

/** OpenTelemetry's semantic conventions for generative AI: content in attributes, or in events of before. */
export const openTelemetry: Reader = {
  name: "OpenTelemetry",
  attributes: {
    agentRun: "a span with gen_ai.operation.name = invoke_agent",
    modelInput: "gen_ai.input.messages",
    modelOutput: "gen_ai.output.messages",
    agentInput: "gen_ai.input.messages",
    agentOutput: "gen_ai.output.messages",
    tool: "gen_ai.tool.name",
    toolArguments: "gen_ai.tool.call.arguments",
    toolResult: "gen_ai.tool.call.result",
    availableTools: "gen_ai.tool.definitions",
  },
  messages(span) {
    const { attributes } = span;
    const told = {
      input: messagesOf(attributes["gen_ai.input.messages"], "user"),
      output: messagesOf(attributes["gen_ai.output.messages"], "assistant"),
    };
    if (told.input.length > 0 && told.output.length > 0) return told;
    const { input, output } = messagesOfEvents(span);
    return {
      input: told.input.length > 0 ? told.input : input,
      output: told.output.length > 0 ? told.output : output,
    };
  },
  systemInstructions(span) {
    return [...instructionsOf(span.attributes["gen_ai.system_instructions"]), ...instructionsOfEvents(span)];
  },
  availableTools({ attributes, events }) {
    const listed = [attributes, ...events.map((event) => event.attributes)].flatMap((told) => [
      ...toolsOf(told["gen_ai.tool.definitions"]),
      ...toolsOf(told["gen_ai.agent.tools"]),
    ]);
    return [...listed, ...calledTool(attributes)];
  },
  toolCall: ({ attributes }) => toolCallOf(attributes),
};

/** A tool that is called is one that could be. */
function calledTool(attributes: Span["attributes"]): AvailableTool[] {
  const name = firstText(attributes["gen_ai.tool.name"]);
  if (name === undefined) return [];
  return [tool(name, attributes["gen_ai.tool.description"], attributes["gen_ai.tool.json_schema"])];
}

function toolCallOf(attributes: Span["attributes"]): ToolCallTold {
  const name = firstText(attributes["gen_ai.tool.name"]);
  const id = firstText(attributes["gen_ai.tool.call.id"]);
  const args = attributes["gen_ai.tool.call.arguments"];
  const result = attributes["gen_ai.tool.call.result"];
  return {
    ...(name === undefined ? {} : { tool: name }),
    ...(id === undefined ? {} : { id }),
    ...toldContent(args, result),
  };
}

/** A tool's arguments and its result, as far as they are told. */
export function toldContent(
  args: Json | undefined,
  result: Json | undefined,
): Pick<ToolCallTold, "arguments" | "result"> {
  const given = valueIn(args);
  return {
    ...(given === undefined || given === null ? {} : { arguments: given }),
    ...(result === undefined || result === null ? {} : { result: resultOf(result) }),
  };
}
