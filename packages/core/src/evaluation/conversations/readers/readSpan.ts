import { conventionOf } from "../../../observability/otlp/conventions/facts.ts";
import { textOf } from "../../../observability/otlp/conventions/read.ts";
import type { Span } from "../../../observability/spans/span.ts";
import { gatehouse } from "./gatehouse.ts";
import { openInference } from "./openInference.ts";
import { openTelemetry } from "./openTelemetry.ts";
import type { Reader } from "./reader.ts";
import { strands } from "./strands.ts";
import { traceloop } from "./traceloop.ts";

/** What a span is of a conversation. A `workflow` may be what stands for an agent's run, where nothing else does. */
export type SpanRole = "agentRun" | "workflow" | "modelCall" | "toolCall" | "step";

/** A span with how it is to be read. */
export interface ReadSpan {
  readonly span: Span;
  readonly role: SpanRole;
  readonly reader: Reader;
  /** Whether the gateway has made it, and not the agent's code. */
  readonly isGateways: boolean;
  readonly model?: string;
  readonly agent?: string;
  /** It has content, and nothing that is known says what it is: which attribute would, and what it says instead. */
  readonly unknown?: { readonly attributes: readonly string[]; readonly value?: string };
}

const readers: Readonly<Record<string, Reader>> = {
  Strands: strands,
  OpenInference: openInference,
  "OpenTelemetry gen_ai": openTelemetry,
  Traceloop: traceloop,
};

/** What the conventions' attributes say of spans that hold others, in lower case. */
const runs: Readonly<Record<string, SpanRole>> = {
  invoke_agent: "agentRun",
  agent: "agentRun",
  invoke_workflow: "workflow",
  workflow: "workflow",
  chain: "workflow",
};

export function readSpan(span: Span, isGateways: boolean): ReadSpan {
  if (isGateways) return { span, role: gatewaysRole(span), reader: gatehouse, isGateways };
  const { convention, meaning } = conventionOf(span) ?? {};
  if (convention === undefined) return { ...unknown(span), isGateways };
  const told = textOf(span.attributes, convention.kind.attributes)?.toLowerCase() ?? "";
  const reader = readers[convention.name] ?? openTelemetry;
  const role = meaning === "other" ? (runs[told] ?? "step") : roleOf(meaning, told);
  const [model, agent] = [textOf(span.attributes, convention.model), textOf(span.attributes, convention.agent)];
  return {
    span,
    role,
    reader,
    isGateways,
    ...(model === undefined ? {} : { model }),
    ...(agent === undefined ? {} : { agent }),
    ...(reader === openTelemetry && role === "step" && hasMessages(span)
      ? { unknown: { attributes: ["gen_ai.operation.name"], value: told } }
      : {}),
  };
}

/** Operations of one's own are welcome, but not with what a model or an agent was told. */
function hasMessages({ attributes }: Span): boolean {
  return attributes["gen_ai.input.messages"] !== undefined || attributes["gen_ai.output.messages"] !== undefined;
}

function roleOf(meaning: "modelCall" | "toolCall" | undefined, told: string): SpanRole {
  // It counts as a model's call, and says nothing that anybody could judge.
  return meaning === undefined || told.startsWith("embedding") ? "step" : meaning;
}

/** A request of an agent. What the gateway asks of others for it is no call of the agent's. */
function gatewaysRole({ kind, attributes }: Span): SpanRole {
  return kind === "SERVER" && attributes["gen_ai.operation.name"] === "execute_tool" ? "toolCall" : "step";
}

/** Attributes by which a span shows whose it is, where it doesn't say what it is. */
const content: readonly (readonly [RegExp, Reader, readonly string[]])[] = [
  [/^(?:llm\.(?:input|output)_messages|input\.value$|output\.value$)/, openInference, ["openinference.span.kind"]],
  [/^(?:traceloop\.entity|llm\.prompts|llm\.completions)\./, traceloop, ["traceloop.span.kind", "llm.request.type"]],
  [/^gen_ai\.(?:prompt|completion)\.\d/, traceloop, ["llm.request.type", "gen_ai.operation.name"]],
  [/^gen_ai\.(?:input\.messages|output\.messages|tool\.|request\.model)/, openTelemetry, ["gen_ai.operation.name"]],
];

function unknown(span: Span): Omit<ReadSpan, "isGateways"> {
  const names = [...Object.keys(span.attributes), ...span.events.flatMap((event) => Object.keys(event.attributes))];
  const found = content.find(([pattern]) => names.some((name) => pattern.test(name)));
  if (found === undefined) return { span, role: "step", reader: openTelemetry };
  const [, reader, attributes] = found;
  return { span, role: "step", reader, unknown: { attributes } };
}
