import { millisecondsOf } from "../../observability/otlp/readSpans.ts";
import type { AvailableTool, Message, Step, Turn } from "../conversation.ts";
import { firstText } from "./json.ts";
import type { ModelCallTold } from "./modelCalls.ts";
import type { Draft } from "./toolCalls/draft.ts";
import { compare, isRun, type Placed, type Trace } from "./trace.ts";

/** A turn, with what it was made of. */
export interface MadeTurn {
  readonly turn: Turn;
  readonly trace: Trace;
  readonly modelCalls: readonly ModelCallTold[];
  readonly calls: readonly Draft[];
  /** The runs of agents, or what stands for them, that are within no other. */
  readonly runs: readonly Placed[];
  /** Whether anything but their calls says which tools there are. */
  readonly listsTools: boolean;
}

/** A turn from the spans of its trace. @param calls its tools' calls, wherever they were told of. */
export function turnOf(trace: Trace, modelCalls: readonly ModelCallTold[], calls: readonly Draft[]): MadeTurn {
  const { traceId, spans } = trace;
  const runs = spans.filter((placed) => isRun(placed) && !placed.isInRun);
  // What the agents that the first one calls are told is between agents.
  const top = outermostOf(modelCalls);
  const first = runs[0] ?? spans.find(({ span }) => span.parentSpanId === undefined) ?? spans[0];
  const tools = availableTools(spans);
  const [request, response] = [requestOf(runs, top), responseOf(runs, top)];
  return {
    trace,
    modelCalls,
    calls,
    runs,
    listsTools: tools.isListed,
    turn: {
      traceId,
      spanId: first?.span.spanId ?? "",
      ...agentOf(runs, spans),
      startedAt: spans.reduce((at, { span }) => Math.min(at, millisecondsOf(span.startTimeUnixNano)), Number.MAX_VALUE),
      endedAt: spans.reduce((at, { span }) => Math.max(at, millisecondsOf(span.endTimeUnixNano)), 0),
      systemInstructions: systemInstructions(runs, top),
      availableTools: tools.tools,
      ...(request === undefined ? {} : { request }),
      ...(response === undefined ? {} : { response }),
      steps: stepsOf(modelCalls, calls),
    },
  };
}

/** The model calls that are within the fewest runs of agents. */
function outermostOf(modelCalls: readonly ModelCallTold[]): readonly ModelCallTold[] {
  const least = modelCalls.reduce((agents, { placed }) => Math.min(agents, placed.agents), Number.MAX_SAFE_INTEGER);
  return modelCalls.filter(({ placed }) => placed.agents === least);
}

function agentOf(runs: readonly Placed[], spans: readonly Placed[]): Pick<Turn, "agent" | "agentVersion"> {
  const of = spans.filter(({ isGateways }) => !isGateways);
  const services = of.map(({ span }) => firstText(span.resource["service.name"]));
  // What SDKs call a process that nobody has given a name says nothing.
  const service = services.find((name) => name !== undefined && !name.startsWith("unknown_service"));
  const agent = runs.find((run) => run.agent !== undefined)?.agent ?? service;
  const versions = [
    ...runs.map(({ span }) => firstText(span.attributes["gen_ai.agent.version"])),
    ...of.map(({ span }) => firstText(span.resource["service.version"])),
  ];
  const agentVersion = versions.find((version) => version !== undefined);
  return { ...(agent === undefined ? {} : { agent }), ...(agentVersion === undefined ? {} : { agentVersion }) };
}

function systemInstructions(runs: readonly Placed[], top: readonly ModelCallTold[]): string[] {
  const told = [
    ...runs.flatMap(({ reader, span }) => [
      ...reader.systemInstructions(span),
      ...saidBySystem(reader.messages(span).input),
    ]),
    ...top.flatMap(({ input }) => saidBySystem(input)),
  ];
  return [...new Set(told.map((text) => text.trim()).filter((text) => text !== ""))];
}

function saidBySystem(messages: readonly Message[]): string[] {
  return messages.flatMap(({ role, text }) => (role === "system" ? [text] : []));
}

/** Each tool once, with all that is told of it. The gateway's names count only where the agent tells of none. */
function availableTools(spans: readonly Placed[]): { readonly tools: AvailableTool[]; readonly isListed: boolean } {
  const toldBy = (isGateways: boolean) =>
    spans.flatMap((placed) => {
      if (placed.isGateways !== isGateways) return [];
      const isList = placed.role !== "toolCall";
      return placed.reader.availableTools(placed.span).map((tool) => ({ tool, isList }));
    });
  const ofAgent = toldBy(false);
  const told = ofAgent.some(({ isList }) => isList) ? ofAgent : [...ofAgent, ...toldBy(true)];
  const tools = new Map<string, AvailableTool>();
  for (const { tool } of told) tools.set(tool.name, { ...tool, ...tools.get(tool.name) });
  return { tools: [...tools.values()], isListed: told.some(({ isList }) => isList) };
}

/** What the user has said last, as the agent's run tells it, or else the first request to a model. */
function requestOf(runs: readonly Placed[], top: readonly ModelCallTold[]): string | undefined {
  const inputs = [...runs.map(({ reader, span }) => reader.messages(span).input), ...top.map(({ input }) => input)];
  return firstText(...inputs.map((input) => lastSaid(input, "user")));
}

/** What the agent's run gave, or else the last answer of a model; one that asks for tools is none of the agent's. */
function responseOf(runs: readonly Placed[], top: readonly ModelCallTold[]): string | undefined {
  const outputs = runs.toReversed().map(({ reader, span }) => lastSaid(reader.messages(span).output, "assistant"));
  const last = top.at(-1)?.output ?? [];
  const isAnswer = last.every(({ toolCalls = [] }) => toolCalls.length === 0);
  return firstText(...outputs, isAnswer ? lastSaid(last, "assistant") : undefined);
}

function lastSaid(messages: readonly Message[], by: Message["role"]): string | undefined {
  return messages.findLast(({ role, text }) => role === by && text.trim() !== "")?.text.trim();
}

/**
 * In the order of their beginning. Some clocks know no more than milliseconds: of what begins in the same one, what ends first
 * came first, and a model call before the calls that it has asked for.
 */
function stepsOf(modelCalls: readonly ModelCallTold[], calls: readonly Draft[]): Step[] {
  const steps = [
    ...modelCalls.map((call) => {
      const { startTimeUnixNano, endTimeUnixNano } = call.placed.span;
      return { from: BigInt(startTimeUnixNano), to: BigInt(endTimeUnixNano), rank: 0, step: modelCallStep(call) };
    }),
    ...calls.map((call) => ({ from: call.startedAt, to: call.endedAt, rank: 1, step: toolCallStep(call) })),
  ];
  return steps
    .sort(
      (a, b) =>
        compare(a.from, b.from) || compare(a.to, b.to) || a.rank - b.rank || compare(a.step.spanId, b.step.spanId),
    )
    .map(({ step }) => step);
}

function modelCallStep({ placed: { span }, model, input, output, error }: ModelCallTold): Step {
  return {
    type: "modelCall",
    spanId: span.spanId,
    startedAt: millisecondsOf(span.startTimeUnixNano),
    ...(model === undefined ? {} : { model }),
    input,
    output,
    ...(error === undefined ? {} : { error }),
  };
}

function toolCallStep({ span, tool, startedAt, arguments: args, result, error, decision }: Draft): Step {
  return {
    type: "toolCall",
    spanId: span.spanId,
    startedAt: millisecondsOf(String(startedAt)),
    tool,
    ...(args === undefined ? {} : { arguments: args }),
    ...(result === undefined ? {} : { result }),
    ...(error === undefined ? {} : { error }),
    ...(decision === undefined ? {} : { decision }),
  };
}
