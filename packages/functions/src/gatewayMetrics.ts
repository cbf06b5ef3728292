import { methods } from "@gatehouse/core/gateway/protocol/methods.ts";
import type { Answered } from "@gatehouse/core/gateway/tracing/requestTrace.ts";
import type { ToolDecision } from "@gatehouse/core/observability/events.ts";
import type { Measurement } from "./measurement.ts";

/** The metric that counts an outcome, by AgentCore's names. What never came to a policy (a list, a bad request) has none. */
const metricOf: Partial<Record<ToolDecision["outcome"], string>> = {
  allowed: "AllowDecisions",
  denied: "DenyDecisions",
};

/** More policies of one decision aren't told apart. */
const mostPolicies = 10;

/**
 * An answered request by AgentCore's metrics of gateways ("AgentCore generated gateway observability data") and of policies
 * ("AgentCore generated Policy in AgentCore observability data"), by their dimensions and without. What a caller can make
 * up, such as the name of a tool that isn't there, is no dimension: each value of one costs money.
 */
export function measurementsOf(answered: Answered): Measurement[] {
  return [requestOf(answered), ...answered.decisions.flatMap(decisionOf)];
}

function requestOf({
  gatewayArn,
  method,
  decisions,
  status,
  failure,
  latency,
  duration,
  targetTimes,
}: Answered): Measurement {
  const throttled = status === 429 || failure?.type === "toolRateLimited";
  const isSystemError = status >= 500 || failure?.isSystem === true;
  const isUserError = status >= 400 && status < 500 && !throttled;
  const name = knownTool(decisions[0]);
  const dimensions = {
    Operation: "InvokeGateway",
    Protocol: "MCP",
    ...(method !== undefined && Object.hasOwn(methods, method) ? { Method: method } : {}),
    ...(gatewayArn === undefined ? {} : { Resource: gatewayArn }),
    ...(name === undefined ? {} : { Name: name }),
  };
  return {
    of: "gateway",
    dimensions: [{}, dimensions],
    counts: present({
      Invocations: 1,
      Throttles: Number(throttled),
      SystemErrors: Number(isSystemError),
      UserErrors: Number(isUserError),
    }),
    milliseconds: {
      Latency: latency,
      Duration: duration,
      ...(targetTimes.length === 0 ? {} : { TargetExecutionTime: targetTimes }),
    },
  };
}

function decisionOf(decision: ToolDecision): Measurement[] {
  const { outcome, determiningPolicies, logOnly, policyEngine, gateway, durationMicroseconds } = decision;
  if (outcome === "listed" || outcome === "rejected") return [];
  const metric = metricOf[outcome];
  const counts = present({
    ...(metric === undefined ? {} : { [metric]: 1 }),
    DeterminingPolicies: determiningPolicies.length,
    NoDeterminingPolicies: Number(decision.decision === "DENY" && determiningPolicies.length === 0),
    LogOnlyMatches: logOnly?.matchedPolicies.length ?? 0,
    LogOnlyDecisionFlips: Number(logOnly?.flips === true),
  });
  const hasCounts = Object.keys(counts).length > 0;
  if (policyEngine === undefined) return hasCounts ? [{ of: "policy", dimensions: [{}], counts }] : [];
  const tool = knownTool(decision);
  const engine = { PolicyEngine: policyEngine.arn };
  const all = {
    ...engine,
    TargetResource: gateway.arn,
    ...(tool === undefined ? {} : { ToolName: tool }),
    Mode: policyEngine.mode,
  };
  const timing = { Latency: durationMicroseconds / 1_000 };
  return [
    ...(hasCounts ? [{ of: "policy", dimensions: [{}, engine, all], counts }] : []),
    // Without dimensions these names are the gateway's.
    { of: "policy", dimensions: [engine, all], counts: { Invocations: 1 }, milliseconds: timing },
    ...byPolicy(engine, determiningPolicies, "DeterminingPolicies"),
    ...byPolicy(engine, logOnly?.matchedPolicies ?? [], "LogOnlyMatches"),
    ...byPolicy(engine, logOnly?.flippingPolicies ?? [], "LogOnlyDecisionFlips"),
  ];
}

function byPolicy(engine: { readonly PolicyEngine: string }, policies: readonly string[], name: string): Measurement[] {
  return policies.slice(0, mostPolicies).map((policy) => ({
    of: "single_policy",
    dimensions: [{ ...engine, Policy: policy }],
    counts: { [name]: 1 },
  }));
}

/** The tool, if it is one of a target's: any other name is what the caller has said. */
function knownTool(decision: ToolDecision | undefined): string | undefined {
  return decision?.target === undefined ? undefined : decision.tool;
}

/** What has not happened is not counted: sums are the same, and each line costs. */
function present(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
