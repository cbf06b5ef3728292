import type { Principal } from "../../identity/principal.ts";
import type { Json, JsonObject } from "../../json.ts";
import type { GatewayConfiguration, PolicyRecord, ToolDescription } from "../../storage/records.ts";

/** Gateways, policies and principals for this folder's tests. */

export const gatewayArn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/insurance-abcdefghij";

export const now = new Date("2026-11-22T12:00:00.000Z");

/** A tool with these properties, all optional but those whose name ends in `!`. */
export function tool(
  name: string,
  properties: Readonly<Record<string, Json>> = {},
  rest: JsonObject = {},
): ToolDescription {
  const names = Object.keys(properties);
  return {
    name,
    inputSchema: {
      type: "object",
      properties: Object.fromEntries(names.map((key) => [key.replace(/!$/, ""), properties[key] ?? null])),
      required: names.filter((key) => key.endsWith("!")).map((key) => key.slice(0, -1)),
      ...rest,
    },
  };
}

/** A gateway with these targets and their tools. */
export function gatewayOf(
  targets: Readonly<Record<string, readonly ToolDescription[]>>,
  gateway: Partial<GatewayConfiguration["gateway"]> = {},
): GatewayConfiguration {
  const created = { createdAt: now.toISOString(), updatedAt: now.toISOString() };
  return {
    gateway: {
      gatewayId: "insurance-abcdefghij",
      gatewayArn,
      name: "insurance",
      roleArn: "arn:aws:iam::123456789012:role/gateway",
      authorizerType: "CUSTOM_JWT",
      status: "READY",
      version: 1,
      ...created,
      ...gateway,
    },
    targets: Object.entries(targets).map(([name, tools]) => ({
      gatewayId: "insurance-abcdefghij",
      targetId: name,
      name,
      targetConfiguration: { mcp: { mcpServer: { endpoint: "https://tools.example.com/mcp" } } },
      credentialProviderConfigurations: [],
      status: "READY",
      tools,
      ...created,
    })),
  };
}

export const withSearch = { protocolConfiguration: { mcp: { searchType: "SEMANTIC" as const } } };

/** The contract's insurance example. */
export const insurance = gatewayOf(
  {
    ApplicationToolTarget: [
      tool("create_application", { applicant_region: { type: "string" }, "coverage_amount!": { type: "integer" } }),
    ],
    RiskModelToolTarget: [
      tool("invoke_risk_model", {
        API_classification: { type: "string" },
        data_governance_approval: { type: "boolean" },
      }),
    ],
    ApprovalToolTarget: [
      tool("approve_underwriting", { claim_amount: { type: "integer" }, risk_level: { type: "string" } }),
    ],
  },
  withSearch,
);

/** Policies of one engine, ACTIVE, with the ids `policy-0`, `policy-1` and so on. */
export function policiesOf(...statements: readonly string[]): PolicyRecord[] {
  return statements.map((statement, i) => ({
    policyEngineId: "engine-abcdefghij",
    policyId: `policy-${i}`,
    policyArn: `arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/engine-abcdefghij/policy/policy-${i}`,
    name: `policy_${i}`,
    statement,
    status: "ACTIVE",
    statusReasons: [],
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
  }));
}

export function user(tags: Readonly<Record<string, string>> = {}, id = "alice"): Principal {
  return { type: "AgentCore::OAuthUser", id, tags };
}
