import type {
  AuthorizerConfiguration,
  AuthorizerType,
  CredentialProviderConfiguration,
  ExceptionLevel,
  GatewayPolicyEngineConfiguration,
  GatewayProtocolConfiguration,
  GatewayStatus,
  PolicyEngineStatus,
  PolicyStatus,
  TargetConfiguration,
  TargetStatus,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { JsonObject } from "../json.ts";

/**
 * What the config table holds, in AgentCore's own words and shapes. Times are ISO 8601 in UTC.
 * A gateway's `version` grows with every change of the gateway, its targets or their tools; an engine's with every
 * change of the engine or its policies: whoever has seen a version needs to read nothing else until it grows.
 */
export interface GatewayRecord {
  readonly gatewayId: string;
  readonly gatewayArn: string;
  readonly name: string;
  readonly description?: string;
  readonly roleArn: string;
  readonly authorizerType: AuthorizerType;
  readonly authorizerConfiguration?: AuthorizerConfiguration;
  readonly protocolConfiguration?: GatewayProtocolConfiguration;
  readonly policyEngineConfiguration?: GatewayPolicyEngineConfiguration;
  readonly exceptionLevel?: ExceptionLevel;
  readonly tags?: Readonly<Record<string, string>>;
  /** The resource-based policy, in IAM's JSON: who may call the gateway at all. */
  readonly resourcePolicy?: string;
  readonly settings?: GatewaySettings;
  readonly status: GatewayStatus;
  readonly statusReasons?: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** What AgentCore's gateways don't have. */
export interface GatewaySettings {
  /** Whether a denied call is told which conditions on its arguments failed. */
  readonly explainDenials?: boolean;
}

/** A target of a gateway. */
export interface TargetRecord {
  readonly gatewayId: string;
  readonly targetId: string;
  readonly name: string;
  readonly description?: string;
  readonly targetConfiguration: TargetConfiguration;
  readonly credentialProviderConfigurations: readonly CredentialProviderConfiguration[];
  readonly status: TargetStatus;
  readonly statusReasons?: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastSynchronizedAt?: string;
}

/** Where a tool's description carries what Gatehouse keeps with it: a symbol, so that it reaches no target and no client. */
export const cedarTypes = Symbol("Cedar types");

/** A tool as its target describes it (an MCP `Tool`), under the target's own name for it. */
export interface ToolDescription {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly annotations?: JsonObject;
  /** Whatever else the target says of the tool travels on unchanged. */
  readonly [other: string]: unknown;
  /** The Cedar types of its input, so that they need not be generated (policy/schema/definitions.ts). */
  readonly [cedarTypes]?: string;
}

/** A policy engine: a container of policies. */
export interface PolicyEngineRecord {
  readonly policyEngineId: string;
  readonly policyEngineArn: string;
  readonly name: string;
  readonly description?: string;
  readonly status: PolicyEngineStatus;
  readonly statusReasons: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** One Cedar policy of an engine. */
export interface PolicyRecord {
  readonly policyEngineId: string;
  readonly policyId: string;
  readonly policyArn: string;
  readonly name: string;
  readonly description?: string;
  /** The policy in Cedar's own syntax. */
  readonly statement: string;
  /** Whether the policy decides, or only says on record what it would have decided; absent: ACTIVE. */
  readonly enforcementMode?: "ACTIVE" | "LOG_ONLY";
  readonly status: PolicyStatus;
  readonly statusReasons: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A gateway with its targets and their tools, all of one version. */
export interface GatewayConfiguration {
  readonly gateway: GatewayRecord;
  readonly targets: readonly (TargetRecord & { readonly tools: readonly ToolDescription[] })[];
}

/** An engine with its policies, all of one version. */
export interface PolicyEngineConfiguration {
  readonly engine: PolicyEngineRecord;
  readonly policies: readonly PolicyRecord[];
}
