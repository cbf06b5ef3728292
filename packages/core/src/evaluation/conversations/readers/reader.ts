import type { Json } from "../../../json.ts";
import type { Span } from "../../../observability/spans/span.ts";
import type { AvailableTool, Message, ToolCall } from "../../conversation.ts";

/** Reads what spans of one convention say. What a span doesn't say is absent, or an empty list. */
export interface Reader {
  /** As people call the convention. */
  readonly name: string;
  readonly attributes: ContentAttributes;
  /** What the model, or the agent, was told, and what it has said. */
  messages(span: Span): Messages;
  systemInstructions(span: Span): readonly string[];
  availableTools(span: Span): readonly AvailableTool[];
  /** Only asked of a span that tells of a tool's call. */
  toolCall(span: Span): ToolCallTold;
}

export interface Messages {
  readonly input: readonly Message[];
  readonly output: readonly Message[];
}

/** What a span says of a tool's call. */
export interface ToolCallTold {
  readonly tool?: string;
  /** As the model has it that asked for the call. */
  readonly id?: string;
  readonly arguments?: Json;
  readonly result?: Json;
  readonly description?: string;
  readonly inputSchema?: Json;
  readonly error?: string;
  readonly decision?: NonNullable<ToolCall["decision"]>;
}

/** What would say it, for whoever instruments an agent. */
export interface ContentAttributes {
  readonly agentRun: string;
  readonly modelInput: string;
  readonly modelOutput: string;
  readonly agentInput: string;
  readonly agentOutput: string;
  readonly tool: string;
  readonly toolArguments: string;
  readonly toolResult: string;
  readonly availableTools: string;
}
