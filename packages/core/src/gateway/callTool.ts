import { type CallToolResult, ProtocolError } from "@modelcontextprotocol/server";
import { within } from "../abort.ts";
import { GatehouseError, messageOf } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { type GatewayTool, isQuarantined, searchTool } from "../tools.ts";
import { consentNeeded, denial, invalidArguments, quarantined, toolError, withDecision } from "./answers.ts";
import {
  type Authorization,
  authorize,
  describedTools,
  explanationFor,
  offeredTools,
  visibleTools,
} from "./authorize.ts";
import { type Call, callerOf, idOf, paramsOf, toolNameOf } from "./call.ts";
import { type Finding, type Recorded, recordDecision } from "./decisions.ts";
import type { GatewayDependencies } from "./dependencies.ts";
import { messageFor, secondsIn } from "./errors.ts";
import { withNamedUris } from "./features/uris.ts";
import { refuseByToolLimit, type ToolRefusal } from "./limits/rateLimits.ts";
import { keepResponseHeaders, propagated } from "./propagation.ts";
import type { Exchange } from "./protocol/exchange.ts";
import { protocolError } from "./refusals.ts";
import { retryAfterOf } from "./resilience/failures.ts";
import { searchTools } from "./search/search.ts";
import { ConsentNeeded, isAboutConsent } from "./targets/credentials/consentNeeded.ts";
import { type Invocation, kindOf, TargetError } from "./targets/target.ts";
import { toolNamesOf } from "./toolNames.ts";
import type { Attempt } from "./tracing/requestTrace.ts";

/**
 * Answers tools/call: find the tool, see that it is as it was approved, check its arguments, decide, then invoke the target
 * while the decision is being published. No answer leaves before the decision is accepted: an unrecorded action is worse than a failed one.
 */
export async function callTool(
  call: Call,
  dependencies: GatewayDependencies,
  exchange: Exchange,
): Promise<CallToolResult> {
  const { now, onPolicyFailure } = dependencies;
  const startedAt = performance.now();
  const record = (finding: Finding) => recordDecision(call, { ...finding, startedAt }, dependencies);

  const name = toolNameOf(call.message) ?? "";
  const tool = toolNamesOf(call.snapshot).toolOf(name);
  if (tool === undefined) {
    await record(rejection(`Unknown tool: ${name}`, name)).accepted;
    throw protocolError("unknownTool", { tool: name });
  }

  if (isQuarantined(tool)) {
    const recorded = record(
      rejection(`In quarantine: ${tool.name} has changed since it was approved.`, tool.name, tool),
    );
    await recorded.accepted;
    return quarantined(name, recorded.decisionId);
  }

  const args = argumentsOf(call);
  const complaint = args === undefined ? "they must be an object" : call.snapshot.argumentsCheck(tool)(args);
  if (args === undefined || complaint !== undefined) {
    const recorded = record(rejection(`Invalid arguments: ${complaint}`, tool.name, tool));
    await recorded.accepted;
    return invalidArguments(name, complaint ?? "", recorded.decisionId);
  }

  const decidedAt = now();
  const told = call.interception?.policyContext;
  const authorization = authorize(call.snapshot, call.principal, tool, args, decidedAt, told);
  if (authorization.failed) onPolicyFailure(authorization.reason);
  const finding = findingOf(call, tool, args, authorization);
  if (finding.outcome === "denied") {
    const explanation = explanationFor(call.snapshot, call.principal, tool, args, decidedAt, told);
    // What the caller is told is on record.
    const { decisionId, accepted } = record({ ...finding, reason: `${finding.reason} ${explanation}`.trimEnd() });
    await accepted;
    return denial(authorization.reason, explanation, decisionId);
  }
  const limited = await refuseByToolLimit(call, tool, dependencies);
  if (limited !== undefined) return overLimit(limited, record, tool);
  const { decisionId, accepted } = record(finding);
  // Both are waited for, whichever fails: an invocation must not outlive its call unobserved.
  const [published, answered] = await Promise.allSettled([accepted, invoke(call, tool, args, dependencies, exchange)]);
  if (published.status === "rejected") throw published.reason;
  if (answered.status === "fulfilled") return withDecision(withReadableUris(answered.value, call, tool), decisionId);
  return failureOf(answered.reason, call, tool, decisionId, dependencies);
}

/** A call that policy allows and a limit doesn't: the agent may come again. */
async function overLimit(
  { code, limit, retryAfterSeconds }: ToolRefusal,
  record: (finding: Finding) => Recorded,
  tool: GatewayTool,
): Promise<CallToolResult> {
  const { decisionId, accepted } = record(rejection(messageFor(code, { limit }), tool.name, tool));
  await accepted;
  return toolError(code, { limit }, decisionId, { retryAfterSeconds });
}

/** The arguments as they were parsed; none given means an empty object. */
function argumentsOf(call: Call): JsonObject | undefined {
  const args = paramsOf(call.message).arguments;
  if (args === undefined) return {};
  return isJsonObject(args) ? args : undefined;
}

function rejection(reason: string, tool: string, { target }: Partial<GatewayTool> = {}): Finding {
  return {
    decision: "DENY",
    outcome: "rejected",
    reason,
    tool,
    ...(target === undefined ? {} : { target: target.name }),
  };
}

function findingOf(
  { snapshot }: Call,
  { name, target }: GatewayTool,
  args: JsonObject,
  authorization: Authorization,
): Finding {
  const { decision, determiningPolicies, reason, logOnly, failed } = authorization;
  const denied = snapshot.engine?.mode === "LOG_ONLY" ? "would-deny" : "denied";
  const outcome = decision === "ALLOW" ? "allowed" : denied;
  return {
    decision,
    outcome,
    determiningPolicies,
    reason,
    ...(logOnly === undefined ? {} : { logOnly }),
    ...(failed ? { mismatchedPolicies: determiningPolicies } : {}),
    tool: name,
    // The search tool has no target; what was looked for is for nobody to read.
    ...(target === undefined ? {} : { target: target.name, arguments: args }),
  };
}

async function invoke(
  call: Call,
  tool: GatewayTool,
  args: JsonObject,
  dependencies: GatewayDependencies,
  exchange: Exchange,
): Promise<CallToolResult> {
  const { targets, requestTimeoutMilliseconds } = dependencies;
  const { snapshot, message } = call;
  const { target } = tool;
  if (target === undefined) return search(call, String(args.query), dependencies);
  const kind = targets[kindOf(target) ?? ""];
  if (kind === undefined) throw new TargetError(`The target ${target.name} is of a kind that cannot be called.`);
  const asking = { target, method: "tools/call", name: tool.description.name };
  const traced = ({ traceContext, onStatus }: Attempt): Pick<Invocation, "traceContext" | "onResponseHeaders"> => ({
    traceContext,
    onResponseHeaders: (headers, status) => {
      onStatus(status);
      keepResponseHeaders(target.metadataConfiguration, headers, call);
    },
  });
  return within(requestTimeoutMilliseconds, exchange.gone, (signal) =>
    call.trace.asking(asking, ({ attempt, ...first }) =>
      kind.call({
        gateway: snapshot.configuration.gateway,
        target,
        tool: tool.description,
        qualifiedName: tool.name,
        arguments: args,
        requestId: String(idOf(message)),
        ...callerOf(call),
        params: paramsOf(message),
        exchange,
        ...traced(first),
        attempt: (send) => attempt((next) => send(traced(next))),
        ...propagated(target.metadataConfiguration, call),
        signal,
      }),
    ),
  );
}

/** Search answers like a list: only tools that the caller could use, and never itself. */
async function search(
  { snapshot, principal }: Call,
  query: string,
  { now, search: dependencies }: GatewayDependencies,
): Promise<CallToolResult> {
  const offered = offeredTools(snapshot, visibleTools(snapshot, principal, now()));
  const { gatewayId } = snapshot.configuration.gateway;
  const found = await searchTools(
    {
      query,
      tools: offered.filter(({ name }) => name !== searchTool.name),
      configuration: snapshot.configuration,
      gatewayId,
      caller: JSON.stringify([principal.type, principal.id]),
    },
    dependencies,
  );
  const structuredContent = { tools: describedTools(snapshot, found) };
  return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
}

/** Resources that an answer holds or links to, under the URIs by which the agent can read them. */
function withReadableUris(result: CallToolResult, { snapshot }: Call, { target }: GatewayTool): CallToolResult {
  if (target === undefined) return result;
  // Nothing but URIs is replaced, texts by texts: what was a result is one.
  return withNamedUris(result as JsonObject, (uri) => snapshot.features.nameOf(target, uri)) as CallToolResult;
}

function failureOf(
  error: unknown,
  { snapshot }: Call,
  { target }: GatewayTool,
  decisionId: string,
  { onTargetFailure }: GatewayDependencies,
): CallToolResult {
  if (error instanceof GatehouseError || error instanceof ProtocolError) throw error;
  const detail = messageOf(error);
  if (error instanceof ConsentNeeded) return consentNeeded(target?.name ?? "", error.consent, decisionId);
  if (!isAboutConsent(error)) onTargetFailure(detail);
  const code = error instanceof TargetError ? error.code : "targetFailed";
  const wait = retryAfterOf(error);
  return toolError(code, { target: target?.name ?? "" }, decisionId, {
    ...(snapshot.configuration.gateway.exceptionLevel === "DEBUG" ? { debug: detail } : {}),
    ...(wait === undefined ? {} : { retryAfterSeconds: secondsIn(wait) }),
  });
}
