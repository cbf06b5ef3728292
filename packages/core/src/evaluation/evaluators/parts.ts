import type { Json } from "../../json.ts";
import type { Conversation, Step, ToolCall, Turn } from "../conversation.ts";
import type { Reference, Subject } from "../evaluator.ts";
import type { Section } from "./sections.ts";

/** A piece of what a judge is shown: a line of the material. */
export interface Part {
  readonly section: Section;
  readonly kind: PartKind;
  /** Which turn of the session it is from, counted from 1. */
  readonly turn?: number;
  /** The names are ours, the values anybody's. */
  readonly fields: Readonly<Record<string, Json>>;
}

export type PartKind =
  | "systemInstructions"
  | "user"
  | "assistant"
  | "toolCall"
  | "tool"
  | "toolNames"
  | "assertion"
  | "expectedResponse";

/**
 * The parts of the sections that an evaluator looks at, in their order: what was there before, then what is judged, then
 * what is known to be right.
 */
export function partsOf(subject: Subject, sections: readonly Section[], reference: Reference): Part[] {
  return order
    .filter((section) => sections.includes(section))
    .flatMap((section) => makers[section](subject, reference));
}

const order: readonly Section[] = [
  "available_tools",
  "context",
  "actual_tool_trajectory",
  "assistant_turn",
  "tool_turn",
  "expected_response",
  "expected_tool_trajectory",
  "assertions",
];

const makers: Readonly<Record<Section, (subject: Subject, reference: Reference) => Part[]>> = {
  available_tools: availableTools,
  context,
  assistant_turn: (subject) =>
    subject.level === "TRACE" ? assistantOf("assistant_turn", subject.turn, numberOf(subject)) : [],
  tool_turn: (subject) =>
    subject.level === "TOOL_CALL" ? [toolCallOf("tool_turn", subject.toolCall, numberOf(subject))] : [],
  actual_tool_trajectory: ({ conversation }) => [toolNames("actual_tool_trajectory", trajectoryOf(conversation))],
  expected_tool_trajectory: (_, { expectedTrajectory }) =>
    expectedTrajectory === undefined ? [] : [toolNames("expected_tool_trajectory", expectedTrajectory)],
  assertions: (_, { assertions = [] }) =>
    assertions.map((text) => ({ section: "assertions", kind: "assertion", fields: { text } })),
  expected_response: (_, { expectedResponse: text }) =>
    text === undefined ? [] : [{ section: "expected_response", kind: "expectedResponse", fields: { text } }],
};

/** The names of the tools that were called in a conversation, in their order. Calls that were denied are among them. */
export function trajectoryOf({ turns }: Conversation): string[] {
  return turns.flatMap(({ steps }) => steps.filter(isToolCall).map(({ tool }) => tool));
}

export function isToolCall(step: Step): step is ToolCall {
  return step.type === "toolCall";
}

/** The tools of the turn that is judged; of a session, those of all of its turns, as each was described last. */
function availableTools(subject: Subject): Part[] {
  const turns = subject.level === "SESSION" ? subject.conversation.turns : [subject.turn];
  const tools = new Map(
    turns.flatMap(({ availableTools }) => availableTools.map((tool) => [tool.name, tool] as const)),
  );
  return [...tools.values()].map(({ name, description, inputSchema }) => ({
    section: "available_tools",
    kind: "tool",
    fields: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(inputSchema === undefined ? {} : { inputSchema }),
    },
  }));
}

/** What was said and done before what is judged; of a session, all of it. */
function context(subject: Subject): Part[] {
  const { turns } = subject.conversation;
  const judged = subject.level === "SESSION" ? turns.length : numberOf(subject) - 1;
  const before = turns.slice(0, judged).flatMap((turn, index) => turnParts(turn, index + 1, turns[index - 1]));
  if (subject.level === "SESSION") return before;
  return [...before, ...turnParts(known(subject), judged + 1, turns[judged - 1])];
}

/** Of the turn that is judged, what the agent knew when it answered, or made the call. */
function known(subject: Exclude<Subject, { level: "SESSION" }>): Turn {
  const { response: _, ...turn } = subject.turn;
  if (subject.level === "TRACE") return turn;
  const at = turn.steps.findIndex(({ spanId }) => spanId === subject.toolCall.spanId);
  return { ...turn, steps: at < 0 ? turn.steps : turn.steps.slice(0, at) };
}

function turnParts(turn: Turn, number: number, previous: Turn | undefined): Part[] {
  const instructions = turn.systemInstructions.filter((text) => !previous?.systemInstructions.includes(text));
  const here = { section: "context", turn: number } as const;
  return [
    ...instructions.map((text) => ({ ...here, kind: "systemInstructions", fields: { text } }) as const),
    ...(turn.request === undefined ? [] : [{ ...here, kind: "user", fields: { text: turn.request } } as const]),
    ...turn.steps.filter(isToolCall).map((call) => toolCallOf("context", call, number)),
    ...assistantOf("context", turn, number),
  ];
}

function assistantOf(section: Section, { response: text }: Turn, turn: number): Part[] {
  return text === undefined ? [] : [{ section, turn, kind: "assistant", fields: { text } }];
}

function toolCallOf(section: Section, call: ToolCall, turn: number): Part {
  const { tool, arguments: args, result, error, decision } = call;
  const fields: Record<string, Json> = { tool };
  if (args !== undefined) fields.arguments = args;
  if (result !== undefined) fields.result = result;
  if (error !== undefined) fields.error = error;
  if (decision !== undefined) fields.decision = decision;
  return { section, turn, kind: "toolCall", fields };
}

function toolNames(section: Section, names: readonly string[]): Part {
  return { section, kind: "toolNames", fields: { names: [...names] } };
}

/** Which turn of its session is judged, counted from 1. */
function numberOf({ conversation, turn }: Exclude<Subject, { level: "SESSION" }>): number {
  const index = conversation.turns.findIndex(({ traceId }) => traceId === turn.traceId);
  return index < 0 ? conversation.turns.length + 1 : index + 1;
}
