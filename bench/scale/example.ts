import type { Call } from "@gatehouse/core/gateway/call.ts";
import { createCall } from "@gatehouse/core/gateway/call.ts";
import { type Finding, recordDecision } from "@gatehouse/core/gateway/decisions.ts";
import { featureCatalogueOf } from "@gatehouse/core/gateway/features/catalogue.ts";
import type { Snapshot } from "@gatehouse/core/gateway/snapshot.ts";
import { type ToolDecision, toolDecision } from "@gatehouse/core/observability/events.ts";
import type { GatewayRecord, PolicyEngineRecord } from "@gatehouse/core/storage/records.ts";
import type { GatewayTool } from "@gatehouse/core/tools.ts";

const account = "123456789012";
const at = "2026-01-01T00:00:00.000Z";
const arnOf = (resource: string) => `arn:aws:bedrock-agentcore:us-east-1:${account}:${resource}`;
const policyId = "refund_limit-q1w2e3r4t5";

/** A gateway with a JWT authorizer, names as long as they usually are, and the engine of that id. */
export function exampleGateway(gatewayId: string, engineId: string): GatewayRecord {
  return {
    gatewayId,
    gatewayArn: arnOf(`gateway/${gatewayId}`),
    name: gatewayId.slice(0, -11),
    roleArn: `arn:aws:iam::${account}:role/gatehouse-gateway`,
    authorizerType: "CUSTOM_JWT",
    authorizerConfiguration: {
      customJWTAuthorizer: {
        discoveryUrl:
          "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a1b2c3d4e/.well-known/openid-configuration",
        allowedClients: ["4h5j6k7l8m9n0p1q2r3s4t5u6v"],
      },
    },
    policyEngineConfiguration: { arn: arnOf(`policy-engine/${engineId}`), mode: "ENFORCE" },
    status: "READY",
    createdAt: at,
    updatedAt: at,
    version: 1,
  };
}

/** A policy engine of that id. */
export function exampleEngine(policyEngineId: string): PolicyEngineRecord {
  return {
    policyEngineId,
    policyEngineArn: arnOf(`policy-engine/${policyEngineId}`),
    name: policyEngineId.slice(0, -11),
    status: "ACTIVE",
    statusReasons: [],
    createdAt: at,
    updatedAt: at,
    version: 1,
  };
}

/** What a decision is about, and who sends what with it. */
export interface ExampleDecision {
  readonly method: "tools/call" | "tools/list";
  /** How many tools a list shows. */
  readonly tools: number;
  /** Whether the agent names its session; then the decision is in an index as well. */
  readonly hasSession: boolean;
  readonly time: Date;
}

/** A decision that allows, made by the gateway's own code. */
export function exampleDecision({ method, tools, hasSession, time }: ExampleDecision): ToolDecision {
  const gateway = exampleGateway("claims-a1b2c3d4e5", "claims_policies-k9l8m7n6o5");
  const call = exampleCall(gateway, method, hasSession);
  const published: unknown[] = [];
  const publisher = { publish: async (event: { readonly detail: unknown }) => void published.push(event.detail) };
  recordDecision(call, method === "tools/call" ? allowed : listed(tools), {
    publisher,
    now: () => time,
    onUnrecorded: () => {},
  });
  // How long deciding took and what its span is called differ from run to run, and sizes must not.
  return { ...toolDecision.parse(published[0]), durationMicroseconds: 51, spanId: "00f067aa0ba902b8" };
}

function exampleCall(gateway: GatewayRecord, method: string, hasSession: boolean): Call {
  const snapshot: Snapshot = {
    configuration: { gateway, targets: [] },
    tools: new Map(),
    engine: { arn: gateway.policyEngineConfiguration?.arn ?? "", version: 17, mode: "ENFORCE" },
    features: featureCatalogueOf({ targets: [] }),
    argumentsCheck: () => () => undefined,
  };
  const headers = new Headers({ traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" });
  if (hasSession) {
    headers.set("x-amzn-bedrock-agentcore-runtime-session-id", "3d9f0c52-1b7e-4f7a-8a55-0c9b7d6e2f11");
  }
  const principal = {
    type: "AgentCore::OAuthUser",
    id: "6f1c9d3e-8b2a-4c7d-9e0f-1a2b3c4d5e6f",
    tags: {},
    agent: "4h5j6k7l8m9n0p1q2r3s4t5u6v",
  } as const;
  return createCall(snapshot, principal, { jsonrpc: "2.0", id: 1, method }, headers);
}

const allowed: Finding = {
  decision: "ALLOW",
  outcome: "allowed",
  reason: `Allowed by policy ${policyId}.`,
  determiningPolicies: [policyId],
  tool: "ClaimsApi___approve_refund",
  target: "ClaimsApi",
  startedAt: 0,
};

function listed(count: number): Finding {
  const tool = (_: unknown, index: number): GatewayTool => {
    const name = `approve_refund_${String(index).padStart(2, "0")}`;
    return { name: `ClaimsApi___${name}`, description: { name, inputSchema: {} } };
  };
  return {
    decision: "ALLOW",
    outcome: "listed",
    reason: "Tools that some call could be permitted with.",
    shown: Array.from({ length: count }, tool),
    hidden: [],
    startedAt: 0,
  };
}
