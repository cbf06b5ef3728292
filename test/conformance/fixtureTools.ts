import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type ServerContext,
  type Tool,
} from "@modelcontextprotocol/server";
import { audio, image, text } from "./samples.ts";

type Answer = (context: ServerContext) => CallToolResult | Promise<CallToolResult>;

const say = (...content: CallToolResult["content"]): CallToolResult => ({ content });
const embedded = (uri: string, mimeType: string, content: string) => ({
  type: "resource" as const,
  resource: { uri, mimeType, text: content },
});

/** An answer that asks the client for something first. */
function ask(inputRequests: Record<string, object>, requestState?: string): CallToolResult {
  const result = {
    resultType: "input_required",
    inputRequests,
    ...(requestState === undefined ? {} : { requestState }),
  };
  // The SDK's types have it as a type of its own, which handlers of the low-level server may return all the same.
  return result as unknown as CallToolResult;
}

const elicit = (message: string, property: string, type: "string" | "boolean" = "string") => ({
  method: "elicitation/create",
  params: {
    message,
    requestedSchema: { type: "object", properties: { [property]: { type } }, required: [property] },
  },
});
const sample = (question: string) => ({
  method: "sampling/createMessage",
  params: { messages: [{ role: "user", content: text(question) }], maxTokens: 100 },
});
const roots = { method: "roots/list", params: {} };
const name = elicit("What is your name?", "name");

/** The content that somebody has agreed to give. */
function given({ mcpReq }: ServerContext, key: string): Record<string, unknown> | undefined {
  const response = mcpReq.inputResponses?.[key] as { action?: string; content?: Record<string, unknown> } | undefined;
  return response?.action === "accept" ? response.content : undefined;
}

function answered({ mcpReq }: ServerContext, ...keys: string[]): boolean {
  return keys.every((key) => mcpReq.inputResponses?.[key] !== undefined);
}

const answers: Readonly<Record<string, Answer>> = {
  test_simple_text: () => say(text("This is a simple text response for testing.")),
  test_image_content: () => say(image),
  test_audio_content: () => say(audio),
  test_embedded_resource: () =>
    say(embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")),
  test_multiple_content_types: () =>
    say(
      text("Multiple content types test:"),
      image,
      embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ),
  test_error_handling: () => ({ ...say(text("This tool intentionally returns an error for testing")), isError: true }),

  async test_tool_with_logging({ mcpReq }) {
    for (const data of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await mcpReq.notify({ method: "notifications/message", params: { level: "info", data } });
    }
    return say(text("Tool with logging executed successfully"));
  },
  async test_logging_tool({ mcpReq }) {
    await mcpReq.log("info", "only for whoever asks for it");
    return say(text("logged"));
  },
  async test_tool_with_progress({ mcpReq }) {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
      await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 100 } });
    }
    return say(text("done"));
  },
  test_streaming_elicitation: () => say(text("nothing but a result")),

  // Whoever calls these by `initialize` is to be asked while the call is under way.
  test_sampling: (context) => (answered(context, "answer") ? say(text("answered")) : ask({ answer: sample("Why?") })),
  test_elicitation: (context) => named(context),
  test_elicitation_sep1034_defaults: (context) => named(context),
  test_elicitation_sep1330_enums: (context) => named(context),

  test_missing_capability: (context) =>
    answered(context, "answer") ? say(text("answered")) : ask({ answer: sample("Reply with one word.") }),
  test_input_required_result_elicitation: (context) => named(context),
  test_input_required_result_sampling: (context) =>
    answered(context, "capital_question")
      ? say(text("The model has answered."))
      : ask({ capital_question: sample("What is the capital of France?") }),
  test_input_required_result_list_roots: (context) =>
    answered(context, "client_roots") ? say(text("The roots are known.")) : ask({ client_roots: roots }),
  test_input_required_result_request_state: (context) => confirmed(context),
  test_input_required_result_tampered_state: (context) => confirmed(context),
  test_input_required_result_multiple_inputs: (context) =>
    answered(context, "user_name", "greeting", "client_roots")
      ? say(text("All is known."))
      : ask({ user_name: name, greeting: sample("Generate a greeting"), client_roots: roots }, "several"),
  test_input_required_result_multi_round(context) {
    const state = context.mcpReq.requestState();
    if (state === "round 1") return ask({ step2: elicit("What is your favorite color?", "color") }, "round 2");
    if (state === "round 2") return say(text("Both rounds are done."));
    return ask({ step1: name }, "round 1");
  },
  test_input_required_result_capabilities(context) {
    if (context.mcpReq.inputResponses !== undefined) return say(text("Thank you."));
    // The key is there at run time; the type of the envelope has none of its names.
    const envelope: Readonly<Record<string, unknown>> = { ...context.mcpReq.envelope };
    const declared = { ...(envelope[CLIENT_CAPABILITIES_META_KEY] as Readonly<Record<string, unknown>> | undefined) };
    const requests = {
      ...(declared.elicitation === undefined ? {} : { user_name: name }),
      ...(declared.sampling === undefined ? {} : { greeting: sample("Generate a greeting") }),
      ...(declared.roots === undefined ? {} : { client_roots: roots }),
    };
    return Object.keys(requests).length === 0 ? say(text("There is nobody to ask.")) : ask(requests);
  },
};

function named(context: ServerContext): CallToolResult {
  const content = given(context, "user_name");
  return typeof content?.name === "string" ? say(text(`Hello, ${content.name}!`)) : ask({ user_name: name });
}

function confirmed(context: ServerContext): CallToolResult {
  const isConfirmed = context.mcpReq.requestState() === "to be confirmed" && answered(context, "confirm");
  return isConfirmed
    ? say(text("state-ok"))
    : ask({ confirm: elicit("Please confirm", "ok", "boolean") }, "to be confirmed");
}

export const tools: Tool[] = Object.keys(answers).map((tool) => ({
  name: tool,
  description: `What the conformance suite knows as ${tool}`,
  inputSchema: { type: "object" },
}));

/** Answers a call of one of the tools. */
export async function callTool(tool: string, context: ServerContext): Promise<CallToolResult> {
  const answer = answers[tool];
  if (answer === undefined) throw new Error(`There is no tool ${tool}.`);
  return answer(context);
}
