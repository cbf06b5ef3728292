import type { Json } from "../json.ts";

/** What an agent and its user said and did in a session, whichever instrumentation has told of it. */
export interface Conversation {
  readonly sessionId: string;
  /** A trace each, in the order of their beginning. */
  readonly turns: readonly Turn[];
  /** What the spans leave out that evaluators need, and which attribute would say it. */
  readonly gaps: readonly Gap[];
}

/** What happened from a user's request to the agent's answer. */
export interface Turn {
  readonly traceId: string;
  /** The span that stands for the turn: the agent's run where there is one, else the first of its trace. */
  readonly spanId: string;
  /** The agent's name and version, where they are told (`gen_ai.agent.name` or `service.name`; `service.version`). */
  readonly agent?: string;
  readonly agentVersion?: string;
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly systemInstructions: readonly string[];
  readonly availableTools: readonly AvailableTool[];
  /** What the user asked, and what the agent answered in the end. */
  readonly request?: string;
  readonly response?: string;
  /** Model calls and tool calls in the order of their beginning. */
  readonly steps: readonly Step[];
}

/** A tool that the agent could have called. */
export interface AvailableTool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of its arguments. */
  readonly inputSchema?: Json;
}

export type Step = ModelCall | ToolCall;

/** A request to a model. */
export interface ModelCall {
  readonly type: "modelCall";
  readonly spanId: string;
  readonly startedAt: number;
  readonly model?: string;
  readonly input: readonly Message[];
  readonly output: readonly Message[];
  readonly error?: string;
}

/** A call of a tool, as the agent or the gateway has told of it. */
export interface ToolCall {
  readonly type: "toolCall";
  readonly spanId: string;
  readonly startedAt: number;
  readonly tool: string;
  readonly arguments?: Json;
  readonly result?: Json;
  readonly error?: string;
  /** What the gateway decided about it, where it went through one. */
  readonly decision?: "ALLOW" | "DENY";
}

/** One turn of what a model was told or has said. */
export interface Message {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly text: string;
  /** Tools that an assistant's message asks for. */
  readonly toolCalls?: readonly { readonly id?: string; readonly tool: string; readonly arguments?: Json }[];
  /** Which call a tool's message answers. */
  readonly toolCallId?: string;
}

/** What a span should say and doesn't. */
export interface Gap {
  readonly traceId: string;
  readonly spanId?: string;
  /** What is missing, for what, and the attribute that would say it: a sentence for whoever instruments the agent. */
  readonly message: string;
}
