import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { ToolDecision } from "../../observability/events.ts";
import type { SpanFacts } from "../../observability/facts.ts";
import { enumeratedIn } from "../../observability/redaction/enumerated.ts";
import { defaultRedaction, redacted } from "../../observability/redaction/redact.ts";
import {
  interceptorAttributes,
  policyAttributes,
  requestAttributes,
  resourceAttributes,
  targetAttributes,
} from "../../observability/spans/attributes.ts";
import { newSpanId } from "../../observability/spans/ids.ts";
import type { SpanToRecord } from "../../observability/spans/pack.ts";
import type { Span } from "../../observability/spans/span.ts";
import type { GatewayRecord, TargetRecord, ToolDescription } from "../../storage/records.ts";
import type { ConfiguredInterceptor } from "../interceptors/configuration.ts";
import { InterceptorError } from "../interceptors/invoke.ts";
import { ConsentNeeded } from "../targets/credentials/consentNeeded.ts";
import { kindOf, TargetError } from "../targets/target.ts";
import type { Failure } from "./failure.ts";

/** A decision about a request, with what its spans say besides. */
export interface DecidedRequest {
  readonly detail: ToolDecision;
  readonly gateway: GatewayRecord;
  /** The JSON-RPC id of the request. */
  readonly requestId: string | number | null;
  readonly protocolVersion?: string;
  /** Absent where no target's tool was decided about. */
  readonly tool?: ToolDescription;
  readonly arguments?: JsonObject;
  /** The policies that could not be evaluated. */
  readonly mismatchedPolicies?: readonly string[];
  /** When deciding began, as `performance.now()` has it; absent where nothing had to be looked at. */
  readonly startedAt?: number;
  readonly endedAt: number;
}

/** A request of the gateway to somebody else. */
export interface ClientCall {
  readonly spanId: string;
  readonly startedAt: number;
  error?: unknown;
  endedAt?: number;
}

/** An attempt at a request of the gateway to a target. */
export interface TargetCall extends ClientCall {
  readonly target: TargetRecord;
  /** As in `tools/call`. */
  readonly method: string;
  /** What is called, by the target's own name. */
  readonly name?: string;
  /** How many attempts there were before. */
  readonly resendCount: number;
  /** The HTTP status of its answer. */
  status?: number;
}

/** An invocation of an interceptor. */
export interface InterceptorCall extends ClientCall, Pick<ConfiguredInterceptor, "point" | "arn"> {}

type Ended<Call extends ClientCall> = Call & { readonly endedAt: number };

/** An answered request. Times are `performance.now()`'s, unless they say something else. */
export interface TracedRequest {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly startedAt: number;
  /** In milliseconds since 1970. */
  readonly startedAtUnix: number;
  readonly endedAt: number;
  readonly decisions: readonly DecidedRequest[];
  readonly targetCalls: readonly Ended<TargetCall>[];
  readonly interceptorCalls: readonly Ended<InterceptorCall>[];
  readonly answer: unknown;
  readonly failure?: Failure;
}

const scope = { name: "gatehouse.gateway" };

/**
 * The spans of a request (MCP's and OpenTelemetry's conventions for generative AI; AgentCore's for policies): SERVER for the
 * request, INTERNAL for the policy decision, CLIENT for each attempt to ask a target and for each interceptor that was invoked.
 * None where nothing was decided. A decision that took the first one's place, because the answer had to be withheld, has a
 * span of its own.
 */
export function spansOf(request: TracedRequest): SpanToRecord[] {
  const [first, ...later] = request.decisions;
  if (first === undefined) return [];
  return [
    serverSpan(request, first),
    ...later.map((decision) => laterSpan(request, decision)),
    ...request.decisions.flatMap((decision) => policySpan(request, decision)),
    ...request.targetCalls.map((call) => targetSpan(request, first, call)),
    ...request.interceptorCalls.map((call) => interceptorSpan(request, first, call)),
  ];
}

function serverSpan(request: TracedRequest, decided: DecidedRequest): SpanToRecord {
  const { failure, parentSpanId, traceState } = request;
  const { detail, requestId, protocolVersion } = decided;
  const name = detail.tool ?? detail.prompt;
  const span: Span = {
    ...common(request, decided, request.spanId, [request.startedAt, request.endedAt]),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    ...(traceState === undefined ? {} : { traceState }),
    name: name === undefined ? detail.method : `${detail.method} ${name}`,
    kind: "SERVER",
    status: { code: failure === undefined ? "UNSET" : "ERROR" },
    attributes: {
      ...requestAttributes(detail, { requestId, protocolVersion }),
      ...(failure === undefined ? {} : errorAttributes(failure)),
      ...contentOf(request, decided),
    },
  };
  return { span, ...sessionOf(decided), facts: factsOf(request, decided, request.endedAt - request.startedAt) };
}

/** An answer that was withheld by another decision. */
function laterSpan(request: TracedRequest, decided: DecidedRequest): SpanToRecord {
  const { detail, endedAt, requestId, protocolVersion } = decided;
  const span: Span = {
    ...common(request, decided, detail.spanId ?? newSpanId(), [endedAt, endedAt]),
    parentSpanId: request.spanId,
    name: "answer withheld",
    kind: "INTERNAL",
    status: { code: "ERROR" },
    attributes: requestAttributes(detail, { requestId, protocolVersion }),
  };
  return { span, ...sessionOf(decided), facts: factsOf(request, decided, 0) };
}

/** Absent where no policy was asked. */
function policySpan(request: TracedRequest, decided: DecidedRequest): SpanToRecord[] {
  const { detail, startedAt, endedAt } = decided;
  if (detail.policyEngine === undefined || detail.outcome === "rejected" || startedAt === undefined) return [];
  const span: Span = {
    ...common(request, decided, newSpanId(), [startedAt, endedAt]),
    parentSpanId: detail.spanId ?? request.spanId,
    name: "policy",
    kind: "INTERNAL",
    status: { code: "UNSET" },
    attributes: policyAttributes(detail, decided.mismatchedPolicies),
  };
  return [{ span, ...sessionOf(decided) }];
}

/** One for each attempt, side by side (OpenTelemetry's conventions for HTTP, "HTTP request retries and redirects"). */
function targetSpan(request: TracedRequest, decided: DecidedRequest, call: Ended<TargetCall>): SpanToRecord {
  const { target, method, name, status, error } = call;
  return clientSpan(request, decided, call, {
    name: name === undefined ? method : `${method} ${name}`,
    type: error === undefined ? statusError(status) : errorTypeOf(error),
    attributes: targetAttributes({ ...call, kind: kindOf(target), name, status }),
  });
}

function interceptorSpan(request: TracedRequest, decided: DecidedRequest, call: Ended<InterceptorCall>): SpanToRecord {
  return clientSpan(request, decided, call, {
    name: `${call.point} interceptor`,
    type: call.error === undefined ? undefined : errorTypeOf(call.error),
    attributes: interceptorAttributes(call),
  });
}

function clientSpan(
  request: TracedRequest,
  decided: DecidedRequest,
  { spanId, startedAt, endedAt }: Ended<ClientCall>,
  {
    name,
    type,
    attributes,
  }: Pick<Span, "name" | "attributes"> & {
    /** Of the error, where there was one. */
    readonly type: string | undefined;
  },
): SpanToRecord {
  const span: Span = {
    ...common(request, decided, spanId, [startedAt, endedAt]),
    parentSpanId: request.spanId,
    name,
    kind: "CLIENT",
    status: { code: type === undefined ? "UNSET" : "ERROR" },
    attributes: { ...attributes, ...(type === undefined ? {} : { "error.type": type }) },
  };
  return { span, ...sessionOf(decided) };
}

function common(
  { traceId, startedAt, startedAtUnix }: TracedRequest,
  { gateway }: DecidedRequest,
  spanId: string,
  [from, to]: readonly [from: number, to: number],
): Pick<
  Span,
  "traceId" | "spanId" | "startTimeUnixNano" | "endTimeUnixNano" | "events" | "links" | "scope" | "resource"
> {
  // Milliseconds of today with three places are exact as a number; nanoseconds aren't.
  const nanoseconds = (at: number) => String(BigInt(Math.round((startedAtUnix + at - startedAt) * 1_000)) * 1_000n);
  return {
    traceId,
    spanId,
    startTimeUnixNano: nanoseconds(from),
    endTimeUnixNano: nanoseconds(to),
    events: [],
    links: [],
    scope,
    resource: resourceAttributes(gateway),
  };
}

function sessionOf({ detail: { sessionId } }: DecidedRequest): Pick<SpanToRecord, "sessionId"> {
  return sessionId === undefined ? {} : { sessionId };
}

function factsOf(
  { failure, targetCalls }: TracedRequest,
  { detail, gateway }: DecidedRequest,
  milliseconds: number,
): SpanFacts {
  const { decisionId, policyEngine, method, target, tool, decision, outcome, principal, agent } = detail;
  const statusCode = targetCalls.at(-1)?.status;
  return {
    type: "toolCall",
    decisionId,
    gatewayId: gateway.gatewayId,
    ...(policyEngine === undefined ? {} : { policyEngine: policyEngine.arn, mode: policyEngine.mode }),
    method,
    ...(target === undefined ? {} : { target }),
    ...(tool === undefined ? {} : { tool }),
    decision,
    outcome,
    principal: principal.id,
    ...(agent === undefined ? {} : { agent }),
    ...(failure === undefined ? {} : { error: failure.error }),
    ...(statusCode === undefined ? {} : { statusCode }),
    durationMicroseconds: Math.round(milliseconds * 1_000),
  };
}

/** What is kept of a tool's arguments and of its result, as the gateway's settings say (T18). */
function contentOf({ answer }: TracedRequest, decided: DecidedRequest): Record<string, Json> {
  const { tool, gateway, arguments: args } = decided;
  if (tool === undefined || args === undefined) return {};
  const { recordArguments = defaultRedaction, recordResults = defaultRedaction } = gateway.settings ?? {};
  const known = knownStrings(tool);
  const result = isJsonObject(answer) ? (answer.result ?? undefined) : undefined;
  const keptArguments = redacted(args, recordArguments, known);
  const keptResult = result === undefined ? undefined : redacted(result, recordResults, known);
  return {
    ...(keptArguments === undefined ? {} : { "gen_ai.tool.call.arguments": keptArguments }),
    ...(keptResult === undefined ? {} : { "gen_ai.tool.call.result": keptResult }),
  };
}

/** The types of content in a result (MCP, "Tool Result"), and what it says of itself. */
const ofProtocol = ["text", "image", "audio", "resource", "resource_link", "complete", "input_required"];
const known = new WeakMap<ToolDescription, ReadonlySet<string>>();

function knownStrings(tool: ToolDescription): ReadonlySet<string> {
  let strings = known.get(tool);
  if (strings === undefined) {
    // Schemas are JSON, as the target's tools were when they were read.
    strings = new Set([...ofProtocol, ...enumeratedIn(tool.inputSchema as Json)]);
    known.set(tool, strings);
  }
  return strings;
}

function errorAttributes({ type, rpcCode }: Failure): Record<string, Json> {
  return { "error.type": type, ...(rpcCode === undefined ? {} : { "rpc.response.status_code": String(rpcCode) }) };
}

function statusError(status: number | undefined): string | undefined {
  return status === undefined || status < 400 ? undefined : String(status);
}

/** What went wrong by its kind; the message is for logs (T18). */
function errorTypeOf(error: unknown): string {
  if (error instanceof TargetError) return error.status === undefined ? error.code : String(error.status);
  if (error instanceof ConsentNeeded) return "consentNeeded";
  if (error instanceof InterceptorError) return "interceptorFailed";
  return error instanceof Error ? error.name : "_OTHER";
}
