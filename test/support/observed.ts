import { randomBytes, randomUUID } from "node:crypto";
import type { EvaluationCompleted, GatehouseEvent, ToolDecision } from "@gatehouse/core/observability/events.ts";
import { entryOf } from "@gatehouse/core/observability/publisher.ts";
import { packSpans, type SpanToRecord } from "@gatehouse/core/observability/spans/pack.ts";
import type { Span } from "@gatehouse/core/observability/spans/span.ts";
import type { TestGatehouse } from "./gatehouse.ts";

/** Has events recorded as those of functions are: by the bus, its rules and `record`. */
export async function observe({ host }: TestGatehouse, events: readonly GatehouseEvent[]): Promise<void> {
  for (let index = 0; index < events.length; index += 10) {
    await host.putEvents(events.slice(index, index + 10).map((event) => entryOf(event, "gatehouse")));
  }
  await host.idle();
}

/** A decision that nobody has to fall. */
export function decisionAt(time: Date, gatewayId: string, more: Partial<ToolDecision> = {}): ToolDecision {
  return {
    schemaVersion: 1,
    decisionId: randomUUID(),
    time: time.toISOString(),
    method: "tools/call",
    principal: { type: "AgentCore::OAuthUser", id: "alice" },
    agent: "agent",
    gateway: {
      id: gatewayId,
      arn: `arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/${gatewayId}`,
      version: 1,
    },
    target: "Up",
    tool: "Up___echo",
    decision: "ALLOW",
    outcome: "allowed",
    determiningPolicies: [],
    reason: "because",
    durationMicroseconds: 100,
    ...more,
  };
}

/** The event of a decision. */
export const decided = (detail: ToolDecision): GatehouseEvent => ({ type: "ToolDecision", detail });

/** What an evaluator has said of a session, at a time. */
export function evaluationAt(
  time: Date,
  configId: string,
  more: Partial<EvaluationCompleted> = {},
): EvaluationCompleted {
  return {
    schemaVersion: 1,
    evaluationId: randomUUID(),
    time: new Date(time.getTime() - 20 * 60_000).toISOString(),
    evaluatedAt: time.toISOString(),
    config: { id: configId, arn: `arn:${configId}` },
    evaluator: { id: "Builtin.Helpfulness", arn: "arn", name: "Builtin.Helpfulness" },
    level: "SESSION",
    sessionId: "evaluated-session",
    agent: "shop",
    label: "Very Helpful",
    value: 0.833,
    explanation: "It answers what was asked.",
    durationMicroseconds: 100,
    ...more,
  };
}

/** The event of an evaluation. */
export const evaluated = (detail: EvaluationCompleted): GatehouseEvent => ({ type: "EvaluationCompleted", detail });

/** The events of spans: of an agent's code, unless the gateway's are meant. */
export const told = (spans: readonly SpanToRecord[], source: "agent" | "gateway" = "agent"): GatehouseEvent[] =>
  packSpans(spans, source === "gateway" ? { source } : { source, sender: "GHAKAGENT" });

/** A span of a second that begins at a time. */
export function spanAt(time: Date, traceId: string, more: Partial<Span> = {}): Span {
  const nano = (milliseconds: number) => String(BigInt(time.getTime() + milliseconds) * 1_000_000n);
  return {
    traceId,
    spanId: newSpanId(),
    name: "step",
    kind: "INTERNAL",
    startTimeUnixNano: nano(0),
    endTimeUnixNano: nano(1_000),
    status: { code: "UNSET" },
    attributes: {},
    events: [],
    links: [],
    scope: { name: "test" },
    resource: { "service.name": "agent" },
    ...more,
  };
}

export const newTraceId = (): string => randomBytes(16).toString("hex");
export const newSpanId = (): string => randomBytes(8).toString("hex");
