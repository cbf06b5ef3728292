import type { Json } from "../../json.ts";
import type { GatewayRecord, TargetRecord } from "../../storage/records.ts";
import type { ToolDecision } from "../events.ts";

type Attributes = Record<string, Json>;

/** As many names as a span has room for; the decision has more. */
const mostNames = 100;
const longestText = 1_000;

/** Whose spans they are. */
export function resourceAttributes({ gatewayId, gatewayArn, name }: GatewayRecord): Attributes {
  return {
    "service.name": "gatehouse",
    "cloud.resource_id": gatewayArn,
    "gatehouse.gateway.id": gatewayId,
    "gatehouse.gateway.name": name,
  };
}

/** A request of an agent (OpenTelemetry's semantic conventions for MCP and for generative AI, "Execute tool span"). */
export function requestAttributes(
  { method, tool, prompt, resource, sessionId, principal, agent, decisionId, outcome }: ToolDecision,
  {
    requestId,
    protocolVersion,
  }: { readonly requestId: string | number | null; readonly protocolVersion?: string | undefined },
): Attributes {
  return present({
    "mcp.method.name": method,
    "mcp.protocol.version": protocolVersion,
    "jsonrpc.protocol.version": "2.0",
    "jsonrpc.request.id": requestId === null ? undefined : String(requestId).slice(0, 100),
    "gen_ai.operation.name": method === "tools/call" ? "execute_tool" : undefined,
    "gen_ai.tool.name": tool,
    "gen_ai.prompt.name": prompt,
    "mcp.resource.uri": resource,
    "session.id": sessionId,
    "user.id": principal.id,
    "gen_ai.agent.id": agent,
    "gatehouse.decision.id": decisionId,
    "gatehouse.decision.outcome": outcome,
  });
}

/** A policy decision, by AgentCore's names ("AgentCore generated Policy in AgentCore observability data"). */
export function policyAttributes(decision: ToolDecision, mismatchedPolicies?: readonly string[]): Attributes {
  const { policyEngine, gateway, determiningPolicies, logOnly, listed, reason } = decision;
  return present({
    "aws.agentcore.policy.authorization_decision": decision.decision,
    "aws.agentcore.policy.authorization_reason": reason.slice(0, longestText),
    "aws.agentcore.policy.determining_policies": determiningPolicies.slice(0, mostNames),
    "aws.agentcore.policy.mismatched_policies": mismatchedPolicies?.slice(0, mostNames),
    "aws.agentcore.policy.target_resource.id": gateway.arn,
    "aws.agentcore.policy.allowed_tools": listed?.shown.names.slice(0, mostNames),
    "aws.agentcore.policy.denied_tools": listed?.hidden.names.slice(0, mostNames),
    "aws.agentcore.gateway.policy.arn": policyEngine?.arn,
    "aws.agentcore.gateway.policy.mode": policyEngine?.mode,
    "gatehouse.policy.log_only.decision": logOnly?.decision,
    "gatehouse.policy.log_only.flipping_policies": logOnly?.flippingPolicies.slice(0, mostNames),
  });
}

/**
 * A request of the gateway to a target (and OpenTelemetry's conventions for HTTP clients). @param asked what of it, by the
 * target's own name, and how often it was before.
 */
export function targetAttributes(asked: {
  readonly target: TargetRecord;
  readonly kind: string | undefined;
  readonly method: string;
  readonly name: string | undefined;
  readonly status: number | undefined;
  readonly resendCount: number;
}): Attributes {
  const { target, kind, method, name, status, resendCount } = asked;
  const isTool = method === "tools/call";
  return present({
    "mcp.method.name": kind === "mcpServer" ? method : undefined,
    "gen_ai.operation.name": isTool ? "execute_tool" : undefined,
    "gen_ai.tool.name": isTool ? name : undefined,
    "gen_ai.prompt.name": method === "prompts/get" ? name : undefined,
    "gatehouse.target.id": target.targetId,
    "gatehouse.target.name": target.name,
    "gatehouse.target.kind": kind,
    "http.response.status_code": status,
    "http.request.resend_count": resendCount === 0 ? undefined : resendCount,
  });
}

/** An invocation of an interceptor's function (OpenTelemetry's conventions for FaaS, "Outgoing invocations"). */
export function interceptorAttributes({ point, arn }: { readonly point: string; readonly arn: string }): Attributes {
  const [, , , region, , , name] = arn.split(":");
  return present({
    "faas.invoked_name": name,
    "faas.invoked_provider": "aws",
    "faas.invoked_region": region,
    "gatehouse.interception.point": point,
  });
}

function present(attributes: Readonly<Record<string, Json | undefined>>): Attributes {
  const entries = Object.entries(attributes).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
