import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import type { Span } from "../../../observability/spans/span.ts";
import type { Message } from "../../conversation.ts";
import { firstText, numbered, valueIn } from "../json.ts";
import { messagesOf } from "../messages/messages.ts";
import { firstOf } from "./openInference.ts";
import { openTelemetry, toldContent } from "./openTelemetry.ts";
import type { Reader } from "./reader.ts";
import { tool } from "./tools.ts";

/** Traceloop's OpenLLMetry: numbered attributes, texts with JSON for what agents do, and lately OpenTelemetry's own. */
export const traceloop: Reader = {
  name: "Traceloop",
  attributes: {
    agentRun: "a span with traceloop.span.kind = agent or workflow",
    modelInput: "gen_ai.prompt.N.content (or gen_ai.input.messages)",
    modelOutput: "gen_ai.completion.N.content (or gen_ai.output.messages)",
    agentInput: "traceloop.entity.input",
    agentOutput: "traceloop.entity.output",
    tool: "traceloop.entity.name",
    toolArguments: "traceloop.entity.input",
    toolResult: "traceloop.entity.output",
    availableTools: "llm.request.functions.N.name",
  },
  messages(span) {
    const { attributes } = span;
    const later = openTelemetry.messages(span);
    return {
      input: firstOf(
        messagesUnder(attributes, "gen_ai.prompt", "user"),
        messagesUnder(attributes, "llm.prompts", "user"),
        later.input,
        messagesOf(argumentsIn(entity(attributes, "input")), "user"),
      ),
      output: firstOf(
        messagesUnder(attributes, "gen_ai.completion", "assistant"),
        messagesUnder(attributes, "llm.completions", "assistant"),
        later.output,
        messagesOf(entity(attributes, "output"), "assistant"),
      ),
    };
  },
  systemInstructions: openTelemetry.systemInstructions,
  availableTools(span) {
    const functions = numbered(span.attributes, "llm.request.functions").flatMap(
      ({ name, description, parameters }) => {
        const told = firstText(name);
        return told === undefined ? [] : [tool(told, description, parameters)];
      },
    );
    return [...functions, ...openTelemetry.availableTools(span)];
  },
  toolCall(span) {
    const { attributes } = span;
    const name = firstText(attributes["traceloop.entity.name"]);
    const told = toldContent(argumentsIn(entity(attributes, "input")), resultIn(entity(attributes, "output")));
    return { ...(name === undefined ? {} : { tool: name }), ...told, ...openTelemetry.toolCall(span) };
  },
};

/** What goes into an agent, a task or a tool, or comes out of it, by its name of before or by the one of now. */
function entity(attributes: Span["attributes"], which: "input" | "output"): Json | undefined {
  const told = attributes[`traceloop.entity.${which}`] ?? attributes[`gen_ai.task.${which}`];
  // A text is told as JSON, too.
  if (typeof told !== "string" || !told.startsWith('"')) return told;
  try {
    return JSON.parse(told) as Json;
  } catch {
    return told;
  }
}

function messagesUnder(attributes: Span["attributes"], prefix: string, role: Message["role"]): Message[] {
  return numbered(attributes, prefix).flatMap((flat) => messagesOf(messageOf(flat, role), role));
}

function messageOf(flat: JsonObject, role: Message["role"]): JsonObject {
  return {
    role: flat.role ?? role,
    content: flat.content ?? null,
    tool_calls: numbered(flat, "tool_calls"),
    tool_call_id: flat.tool_call_id ?? null,
  };
}

/** The arguments of a function by their names or, where they have none, by their places. */
function argumentsIn(told: Json | undefined): Json | undefined {
  const input = valueIn(told);
  if (!isJsonObject(input)) return input;
  const { inputs, kwargs, args } = input;
  if (isJsonObject(inputs)) return inputs;
  if (isJsonObject(kwargs) && Object.keys(kwargs).length > 0) return kwargs;
  if (Array.isArray(args) && args.length > 0) return args.length === 1 ? args[0] : args;
  return firstText(input.input_str) === undefined ? input : valueIn(input.input_str);
}

function resultIn(told: Json | undefined): Json | undefined {
  const output = valueIn(told);
  if (!isJsonObject(output) || output.output === undefined) return output;
  const inner = valueIn(output.output);
  // LangChain's message of a tool, written down as what makes it.
  const message = isJsonObject(inner) && isJsonObject(inner.kwargs) ? inner.kwargs : inner;
  return isJsonObject(message) && message.content !== undefined ? message.content : inner;
}
