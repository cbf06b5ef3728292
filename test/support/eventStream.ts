import type { GatehouseEvent, SpansRecorded, ToolDecision } from "@gatehouse/core/observability/events.ts";
import type { SpanFacts } from "@gatehouse/core/observability/facts.ts";
import type { QueuedEvent } from "@gatehouse/core/observability/record.ts";
import { packSpans, type SpanToRecord } from "@gatehouse/core/observability/spans/pack.ts";
import type { Span } from "@gatehouse/core/observability/spans/span.ts";

/** What a day's traffic puts on the bus, made up from a seed: the same seed makes the same events. */
export interface EventStream {
  readonly events: readonly GatehouseEvent[];
  readonly decisions: readonly ToolDecision[];
  readonly spans: readonly (SpanToRecord & Pick<SpansRecorded, "source" | "sender">)[];
}

/** Numbers from 0 to 1 that a seed determines (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How the traffic is: `name` is in every name, so that several streams share a database without meeting. */
export interface StreamOptions {
  readonly name: string;
  readonly count: number;
  readonly random: () => number;
  /** The first moment, and for how long it goes on, in milliseconds. */
  readonly start: number;
  readonly length: number;
}

/** Makes as many events, or a few more: calls of tools, each a decision and its spans, and what agents tell by OTLP. */
export function eventStream({ name, count, random, start, length }: StreamOptions): EventStream {
  const one = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0];
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16))
      .join("")
      .replace(/^0/, "1");
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  const sessions = Array.from({ length: Math.ceil(count / 50) }, (_, index) => `${name}-session-${index}`);
  const events: GatehouseEvent[] = [];
  const decisions: ToolDecision[] = [];
  const spans: (SpanToRecord & Pick<SpansRecorded, "source" | "sender">)[] = [];

  const put = (made: readonly SpanToRecord[], from: Pick<SpansRecorded, "source" | "sender">) => {
    spans.push(...made.map((span) => ({ ...span, ...from })));
    events.push(...packSpans(made, from));
  };
  const span = (traceId: string, time: number, spanName: string, kind: Span["kind"], parentSpanId?: string): Span => ({
    traceId,
    spanId: hex(16),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name: spanName,
    kind,
    startTimeUnixNano: `${time}${String(Math.floor(random() * 1e6)).padStart(6, "0")}`,
    endTimeUnixNano: `${time + 40}000000`,
    status: { code: "UNSET" },
    attributes: { "mcp.method.name": "tools/call", "gen_ai.operation.name": "execute_tool" },
    events: [],
    links: [],
    scope: { name: "gatehouse" },
    resource: { "service.name": name },
  });
  const session = () => (random() < 0.6 ? { sessionId: sessions[Math.floor(random() * sessions.length)] ?? "" } : {});

  const call = () => {
    const time = start + Math.floor(random() * length);
    const target = one(["Claims", "Policies", "Documents"]);
    const tool = `${target}___${one(["read", "write", "search"])}`;
    const allowed = random() < 0.9;
    const traceId = hex(32);
    const gatewayId = `${name}-gateway-${one([1, 2])}`;
    const server = span(traceId, time, `tools/call ${tool}`, "SERVER");
    const decision: ToolDecision = {
      schemaVersion: 1,
      decisionId: uuid(),
      time: new Date(time + 1).toISOString(),
      method: "tools/call",
      principal: { type: "AgentCore::OAuthUser", id: `user-${one([1, 2, 3, 4, 5])}` },
      agent: one(["assistant", "batch"]),
      gateway: {
        id: gatewayId,
        arn: `arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/${gatewayId}`,
        version: 3,
      },
      policyEngine: { arn: `arn:engine/${name}`, version: 7, mode: "ENFORCE" },
      target,
      tool,
      decision: allowed ? "ALLOW" : "DENY",
      outcome: allowed ? "allowed" : "denied",
      determiningPolicies: allowed ? [one(["readers", "writers"])] : [],
      reason: allowed ? "Allowed by a policy." : "No policy allows it.",
      durationMicroseconds: Math.floor(40 + random() * 200),
      traceId,
      spanId: server.spanId,
      ...session(),
    };
    decisions.push(decision);
    events.push({ type: "ToolDecision", detail: decision });
    const { sessionId } = decision;
    const facts: SpanFacts = {
      type: "toolCall",
      decisionId: decision.decisionId,
      gatewayId,
      policyEngine: `arn:engine/${name}`,
      mode: "ENFORCE",
      method: "tools/call",
      target,
      tool,
      decision: decision.decision,
      outcome: decision.outcome,
      principal: decision.principal.id,
      agent: decision.agent,
      ...(allowed ? (random() < 0.05 ? { error: "5xx", statusCode: 503 } : {}) : { error: "refused" }),
      durationMicroseconds: Math.floor(2_000 + random() * 60_000),
    };
    const withSession = sessionId === undefined ? {} : { sessionId };
    put(
      [
        { span: server, facts, ...withSession },
        { span: span(traceId, time, "policy", "INTERNAL", server.spanId), ...withSession },
        ...(allowed ? [{ span: span(traceId, time + 1, tool, "CLIENT", server.spanId), ...withSession }] : []),
      ],
      { source: "gateway" },
    );
  };
  const agentSpans = () => {
    const time = start + Math.floor(random() * length);
    const traceId = hex(32);
    const model: SpanFacts = {
      type: "modelCall",
      agent: `${name}-agent`,
      provider: "aws.bedrock",
      model: one(["small", "large"]),
      inputTokens: Math.floor(random() * 5_000),
      outputTokens: Math.floor(random() * 500),
      ...(random() < 0.8 ? { costNanoDollars: Math.floor(random() * 1e9) } : {}),
      durationMicroseconds: Math.floor(random() * 5e6),
    };
    const tool: SpanFacts = {
      type: "agentToolCall",
      agent: `${name}-agent`,
      tool: "calculator",
      ...(random() < 0.1 ? { error: "tool" } : {}),
      durationMicroseconds: Math.floor(random() * 1e4),
    };
    const of = session();
    put(
      [
        { span: span(traceId, time, "chat", "CLIENT"), facts: model, ...of },
        { span: span(traceId, time + 30, "execute_tool calculator", "INTERNAL"), facts: tool, ...of },
      ],
      { source: "agent", sender: `${name}-key` },
    );
  };
  while (events.length < count) {
    if (random() < 0.75) call();
    else agentSpans();
  }
  return { events, decisions, spans };
}

let serial = 0;

/** An event as the queue delivers it, once more each time it is asked. */
export function messageOf({ type, detail }: GatehouseEvent): QueuedEvent {
  return { messageId: `message-${serial++}`, body: JSON.stringify({ "detail-type": type, detail }) };
}

/** In another order, which the random numbers determine (Fisher and Yates). */
export function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const result = [...values];
  for (let index = result.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [result[index], result[other]] = [result[other] as T, result[index] as T]; // Both are within the list.
  }
  return result;
}
