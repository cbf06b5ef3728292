import { BedrockAgentCoreControlClient, type GatewayPolicyEngineMode } from "@aws-sdk/client-bedrock-agentcore-control";
import { createEngineAndPolicies } from "./engine.ts";
import { attach, createGateway } from "./gateway.ts";

export { createEngineAndPolicies } from "./engine.ts";
export { attach, createGateway, type InsuranceGateway } from "./gateway.ts";

/** Where the example is set up. */
export interface InsuranceOptions {
  /** The control plane's address. */
  readonly endpoint: string;
  /** The OpenID Connect issuer whose tokens the gateway accepts. */
  readonly issuer: string;
  /** The audience that tokens must have; the gateway's own URL unless given, as MCP clients ask for it (RFC 8707). */
  readonly audience?: string;
  /** Whether policies are enforced (the default) or only evaluated and recorded. */
  readonly enforce?: boolean;
}

/** The example, ready for agents. */
export interface Insurance {
  readonly gatewayId: string;
  readonly gatewayArn: string;
  /** The MCP endpoint. */
  readonly gatewayUrl: string;
  readonly audience: string;
  readonly policyEngineArn: string;
}

/**
 * Sets up the insurance example as any administrator would: with AWS's own SDK, against a running control plane. What
 * is there already (by name) is brought to what the example says, so it may run any number of times.
 */
export async function setUpInsurance({ enforce = true, ...options }: InsuranceOptions): Promise<Insurance> {
  const client = createClient(options.endpoint);
  try {
    const gateway = await createGateway(client, options);
    const policyEngineArn = await createEngineAndPolicies(client, gateway.gatewayArn);
    const mode: GatewayPolicyEngineMode = enforce ? "ENFORCE" : "LOG_ONLY";
    await attach(client, gateway.gatewayId, policyEngineArn, mode);
    return { ...gateway, policyEngineArn };
  } finally {
    client.destroy();
  }
}

/** The SDK's client for a control plane that isn't AWS's: any credentials will do. */
export function createClient(endpoint: string): BedrockAgentCoreControlClient {
  const credentials = { accessKeyId: "gatehouse", secretAccessKey: "gatehouse" };
  return new BedrockAgentCoreControlClient({ endpoint, region: "us-east-1", credentials });
}
