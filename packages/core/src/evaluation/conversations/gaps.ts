import { isJsonObject, type Json } from "../../json.ts";
import type { Gap } from "../conversation.ts";
import { openTelemetry } from "./readers/openTelemetry.ts";
import type { Reader } from "./readers/reader.ts";
import { type Draft, isMasked } from "./toolCalls/draft.ts";
import type { Trace } from "./trace.ts";
import type { MadeTurn } from "./turn.ts";

/** What is missing at a span, and the sentence that says so. */
interface Missing {
  readonly spanId: string;
  readonly message: string;
}

/** What the spans of a turn leave out: each thing once, at the first span where it is missing. */
export function gapsOf(made: MadeTurn): Gap[] {
  const missing = [...ofTurn(made), ...ofUnknown(made.trace), ...ofModelCalls(made), ...ofToolCalls(made)];
  const byMessage = Map.groupBy(missing, ({ message }) => message);
  return [...byMessage].map(([message, [first, ...others]]) => ({
    traceId: made.turn.traceId,
    ...(first === undefined ? {} : { spanId: first.spanId }),
    message: others.length === 0 ? message : `${message} (So it is at ${others.length} more of the trace's spans.)`,
  }));
}

/** What whole traces leave out: the session, or everything. */
export function gapsOfTraces({
  traces,
  made,
  sessionless,
}: {
  readonly traces: readonly Trace[];
  readonly made: readonly MadeTurn[];
  readonly sessionless: ReadonlySet<string>;
}): Gap[] {
  const gaps = traces.flatMap(({ traceId }): Gap[] =>
    sessionless.has(traceId)
      ? [
          {
            traceId,
            message:
              "No span of the trace says which session it belongs to: set session.id (or gen_ai.conversation.id).",
          },
        ]
      : [],
  );
  const turns = new Set(made.map(({ trace }) => trace));
  const others = traces.filter((trace) => !turns.has(trace));
  // Beside turns, what has to do with no agent is no gap; what shows that it does, is.
  const silent = others.flatMap((trace): Gap[] => {
    const unknown = ofUnknown(trace).map((missing) => ({ traceId: trace.traceId, ...missing }));
    if (unknown.length > 0) return unknown.slice(0, 1);
    return made.length > 0 ? [] : [{ traceId: trace.traceId, message: saysNothing }];
  });
  return [...gaps, ...silent];
}

const saysNothing =
  "No span of the trace says that it is an agent's run, a model call or a tool call: gen_ai.operation.name (invoke_agent, chat, execute_tool), openinference.span.kind (AGENT, LLM, TOOL) or traceloop.span.kind (agent, tool) would.";

function ofTurn({ turn, runs, trace, modelCalls, calls, listsTools }: MadeTurn): Missing[] {
  const missing: Missing[] = [];
  const { spanId } = turn;
  const { attributes } = readerOf({ runs, trace });
  const at = runs.length === 0 ? attributes.agentRun : "the span of the agent's run";
  if (turn.request === undefined) {
    missing.push({
      spanId,
      message: `What the user asked is missing, for every evaluator of turns: ${attributes.agentInput} on ${at}, or ${attributes.modelInput} on its model calls, would say it.`,
    });
  }
  if (turn.response === undefined) {
    missing.push({
      spanId,
      message: `What the agent answered is missing, for every evaluator of turns: ${attributes.agentOutput} on ${at}, or ${attributes.modelOutput} on its last model call, would say it.`,
    });
  }
  if (calls.length > 0 && !listsTools) {
    const where = modelCalls.length > 0 ? "its model calls" : "the spans of its model calls";
    missing.push({
      spanId,
      message: `Which tools the agent could have called is missing, for Builtin.ToolSelectionAccuracy: ${attributes.availableTools} on ${where} would say it.`,
    });
  }
  return missing;
}

/** By whose names whoever has instrumented the agent knows things. */
function readerOf({ runs, trace }: Pick<MadeTurn, "runs" | "trace">): Reader {
  const telling = trace.spans.find(({ role, isGateways }) => role !== "step" && !isGateways);
  return runs[0]?.reader ?? telling?.reader ?? openTelemetry;
}

function ofUnknown({ spans }: Trace): Missing[] {
  return spans.flatMap(({ span, unknown }) => {
    if (unknown === undefined) return [];
    const says = unknown.value === undefined ? "nothing says" : `${JSON.stringify(unknown.value)} does not say`;
    const message = `The span has content, and ${says} what it is: ${unknown.attributes.join(" or ")} would (as chat, invoke_agent or execute_tool; LLM, AGENT or TOOL).`;
    return [{ spanId: span.spanId, message }];
  });
}

function ofModelCalls({ modelCalls }: MadeTurn): Missing[] {
  return modelCalls.flatMap(({ placed: { span, reader }, input, output, error }) => {
    const { modelInput, modelOutput } = reader.attributes;
    const what = [
      ...(input.length > 0
        ? []
        : [`What the model was told is missing, for the context of every evaluator: ${modelInput} would say it.`]),
      ...(output.length > 0 || error !== undefined
        ? []
        : [`What the model has answered is missing, for the context of every evaluator: ${modelOutput} would say it.`]),
    ];
    return what.map((message) => ({ spanId: span.spanId, message }));
  });
}

function ofToolCalls({ calls }: MadeTurn): Missing[] {
  return calls.flatMap((call) => ofToolCall(call).map((message) => ({ spanId: call.span.spanId, message })));
}

function ofToolCall({
  reader,
  tool,
  isNamedBySpan,
  toldBy,
  arguments: args,
  result,
  error,
  decision,
}: Draft): string[] {
  const { attributes } = reader;
  const what: string[] = [];
  if (toldBy === "model") {
    what.push(
      `No span tells of the call of ${JSON.stringify(tool)}, only the model that has asked for it: a span of the call's own, with ${attributes.tool}, ${attributes.toolArguments} and ${attributes.toolResult}, would.`,
    );
  }
  if (isNamedBySpan) {
    what.push(
      `Which tool was called is missing, for the trajectory and for every evaluator of tool calls: ${attributes.tool} would say it. The span's name stands for it.`,
    );
  }
  if (args === undefined) {
    what.push(
      `The call's arguments are missing, for Builtin.ToolParameterAccuracy: ${attributes.toolArguments} would say them.`,
    );
  } else if (holdsMasked(args)) {
    what.push(
      "The call's arguments are masked, for Builtin.ToolParameterAccuracy: the gateway's setting recordArguments = FULL, or a span of the agent's own, would say them.",
    );
  }
  if (result === undefined && error === undefined && decision !== "DENY") {
    what.push(
      `The call's result is missing, for Builtin.Faithfulness and Builtin.Correctness: ${attributes.toolResult} would say it.`,
    );
  }
  return what;
}

function holdsMasked(value: Json): boolean {
  if (Array.isArray(value)) return value.some(holdsMasked);
  return isJsonObject(value) ? Object.values(value).some(holdsMasked) : isMasked(value);
}
