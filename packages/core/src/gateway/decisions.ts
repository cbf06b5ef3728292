import { randomUUID } from "node:crypto";
import { PROTOCOL_VERSION_META_KEY } from "@modelcontextprotocol/server";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { ToolDecision } from "../observability/events.ts";
import type { LogOnlyDecision } from "../policy/engine.ts";
import type { GatewayTool } from "../tools.ts";
import { type Call, idOf, methodOf, paramsOf } from "./call.ts";
import type { GatewayDependencies } from "./dependencies.ts";
import { protocolError } from "./refusals.ts";
import type { DecidedRequest } from "./tracing/spans.ts";

/** What a step of the pipeline has to say for the record; the rest is known of every request. */
export interface Finding {
  readonly decision: ToolDecision["decision"];
  readonly outcome: ToolDecision["outcome"];
  readonly reason: string;
  readonly determiningPolicies?: readonly string[];
  readonly logOnly?: LogOnlyDecision;
  /** The policies that could not be evaluated, where that denied. */
  readonly mismatchedPolicies?: readonly string[];
  readonly tool?: string;
  readonly target?: string;
  /** The prompt's name, `Target___prompt`. */
  readonly prompt?: string;
  /** The URI, or the template, that its target lists. */
  readonly resource?: string;
  readonly shown?: readonly Pick<GatewayTool, "name">[];
  readonly hidden?: readonly Pick<GatewayTool, "name">[];
  readonly startedAt?: number;
  /** The arguments that were decided about. */
  readonly arguments?: JsonObject;
}

/** Bytes of names that a decision about a list may carry on each side; the counts are always whole. */
const maxNameBytes = 60_000;
const maxReasonLength = 4_000;
const maxPolicies = 1_000;
/** Bytes of claims and arguments that a decision may carry; the bus takes 256 KB. */
const maxRequestBytes = 100_000;

/** A decision on its way to the ledger. */
export interface Recorded {
  readonly decisionId: string;
  /** Resolves when the bus (or the outbox) has it: no answer may leave before. */
  readonly accepted: Promise<void>;
}

/** Publishes what was decided about a request. What neither bus nor outbox takes is told to `onUnrecorded`. */
export function recordDecision(
  call: Call,
  finding: Finding,
  { publisher, now, onUnrecorded }: Pick<GatewayDependencies, "publisher" | "now" | "onUnrecorded">,
): Recorded {
  const detail = decisionOf(call, finding, now());
  call.recorded = true;
  call.trace.decided(decidedRequest(call, finding, detail));
  const accepted = publisher.publish({ type: "ToolDecision", detail }).catch((error: unknown) => {
    // What becomes of it is a log, where arguments must not be.
    const { request: _, ...told } = detail;
    onUnrecorded(told);
    throw Object.assign(protocolError("unrecorded", {}), { cause: error });
  });
  return { decisionId: detail.decisionId, accepted };
}

/** What the request's spans say of a decision. */
function decidedRequest(
  { snapshot, message, headers }: Call,
  { tool, arguments: args, startedAt, mismatchedPolicies }: Finding,
  detail: ToolDecision,
): DecidedRequest {
  const description = tool === undefined ? undefined : snapshot.tools.get(tool)?.description;
  const protocolVersion = protocolVersionOf(message, headers);
  return {
    detail,
    gateway: snapshot.configuration.gateway,
    requestId: idOf(message),
    endedAt: performance.now(),
    ...(protocolVersion === undefined ? {} : { protocolVersion }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(mismatchedPolicies === undefined ? {} : { mismatchedPolicies }),
    ...(description === undefined || args === undefined ? {} : { tool: description, arguments: args }),
  };
}

/** The version of MCP that a request says it speaks: in its `_meta` from 2026-07-28 on, in a header before. */
function protocolVersionOf(message: Call["message"], headers: Headers): string | undefined {
  const { _meta } = paramsOf(message);
  const said = isJsonObject(_meta) ? _meta[PROTOCOL_VERSION_META_KEY] : undefined;
  const version = typeof said === "string" ? said : headers.get("mcp-protocol-version");
  return version !== null && /^\d{4}-\d\d-\d\d$/.test(version) ? version : undefined;
}

function decisionOf(call: Call, finding: Finding, now: Date): ToolDecision {
  const { snapshot, principal, trace, sessionId, interception } = call;
  const { gateway } = snapshot.configuration;
  const { engine } = snapshot;
  const { startedAt, tool, prompt, resource, target } = finding;
  return {
    schemaVersion: 1,
    decisionId: randomUUID(),
    time: now.toISOString(),
    method: methodOf(call.message)?.slice(0, 100) ?? "unknown",
    principal: { type: principal.type, id: principal.id },
    ...(principal.agent === undefined ? {} : { agent: principal.agent }),
    gateway: { id: gateway.gatewayId, arn: gateway.gatewayArn, version: gateway.version },
    ...(engine === undefined ? {} : { policyEngine: { arn: engine.arn, version: engine.version, mode: engine.mode } }),
    ...(target === undefined ? {} : { target }),
    ...(tool === undefined ? {} : { tool: tool.slice(0, 500) }),
    ...(prompt === undefined ? {} : { prompt: prompt.slice(0, 500) }),
    ...(resource === undefined ? {} : { resource }),
    decision: finding.decision,
    outcome: finding.outcome,
    determiningPolicies: (finding.determiningPolicies ?? []).slice(0, maxPolicies),
    ...(finding.logOnly === undefined ? {} : { logOnly: bounded(finding.logOnly) }),
    reason: finding.reason.slice(0, maxReasonLength),
    ...(finding.shown === undefined
      ? {}
      : { listed: { shown: names(finding.shown), hidden: names(finding.hidden ?? []) } }),
    durationMicroseconds: startedAt === undefined ? 0 : Math.round((performance.now() - startedAt) * 1_000),
    traceId: trace.traceId,
    spanId: trace.spanIdOfDecision(),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(interception === undefined ? {} : { interceptors: interceptorsOf(interception) }),
    ...requestOf(call, finding),
  };
}

/** The names of what policies were told; the values may be anything, so they are where the arguments are. */
function interceptorsOf({ request, policyContext }: NonNullable<Call["interception"]>): ToolDecision["interceptors"] {
  const context = Object.keys(policyContext);
  return { request, ...(context.length === 0 ? {} : { context }) };
}

/** What a replay needs, if the gateway is to record it. */
function requestOf(
  { snapshot, principal: { tags }, interception }: Call,
  { arguments: args }: Finding,
): Pick<ToolDecision, "request" | "requestOmitted"> {
  if (args === undefined || snapshot.configuration.gateway.settings?.recordArguments !== "FULL") return {};
  const { policyContext = {} } = interception ?? {};
  const told = Object.keys(policyContext).length === 0 ? {} : { interceptor: policyContext };
  const request = { tags: { ...tags }, arguments: args, ...told };
  if (Buffer.byteLength(JSON.stringify(request)) > maxRequestBytes) return { requestOmitted: "too large" };
  return { request };
}

/** A quarter of the policies each: an event of four lists stays as small as one of one. */
function bounded({ determiningPolicies, matchedPolicies, flippingPolicies, ...rest }: LogOnlyDecision) {
  const some = (ids: readonly string[]) => ids.slice(0, maxPolicies / 4);
  return {
    ...rest,
    determiningPolicies: some(determiningPolicies),
    matchedPolicies: some(matchedPolicies),
    flippingPolicies: some(flippingPolicies),
  };
}

function names(tools: readonly Pick<GatewayTool, "name">[]): { count: number; names: string[] } {
  const kept: string[] = [];
  let bytes = 0;
  for (const { name } of tools) {
    bytes += Buffer.byteLength(name) + 3;
    if (bytes > maxNameBytes) break;
    kept.push(name);
  }
  return { count: tools.length, names: kept };
}
