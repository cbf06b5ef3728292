import type {
  AuthorizerConfiguration,
  AuthorizerType,
  CredentialProviderConfiguration,
  DataSourceConfig,
  EnforcementMode,
  EvaluatorConfig,
  EvaluatorLevel,
  EvaluatorReference,
  EvaluatorStatus,
  ExceptionLevel,
  FindingType,
  GatewayInterceptorConfiguration,
  GatewayPolicyEngineConfiguration,
  GatewayProtocolConfiguration,
  GatewayStatus,
  MetadataConfiguration,
  OnlineEvaluationConfigStatus,
  OnlineEvaluationExecutionStatus,
  PolicyEngineStatus,
  PolicyGenerationStatus,
  PolicyStatus,
  Rule,
  TargetConfiguration,
  TargetStatus,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { JsonObject } from "../json.ts";
import type { Redaction } from "../observability/redaction/redact.ts";

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
  readonly interceptorConfigurations?: readonly GatewayInterceptorConfiguration[];
  readonly exceptionLevel?: ExceptionLevel;
  readonly tags?: Readonly<Record<string, string>>;
  /** What AgentCore's API can't say of a gateway. */
  readonly settings?: GatewaySettings;
  /** The resource-based policy, in IAM's JSON: who may call the gateway at all. */
  readonly resourcePolicy?: string;
  readonly status: GatewayStatus;
  readonly statusReasons?: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** How a gateway behaves beyond AgentCore's settings. What is absent is as if it said the first thing. */
export interface GatewaySettings {
  /** Whether a denied caller is told which conditions on the arguments did not hold: `false` or `true`. */
  readonly explainDenials?: boolean;
  /** What of a call's arguments is kept with its spans; where it is all of them, with its decision as well, and its caller's claims. */
  readonly recordArguments?: Redaction;
  /** What of a tool's results is kept with the spans of its calls. */
  readonly recordResults?: Redaction;
  /** What agents call tools by: `Target___tool`, as policies do, or the target's own name. */
  readonly toolNames?: "QUALIFIED" | "PLAIN";
  /** What becomes of a tool of which its target says something else than what was approved. */
  readonly changedTools?: "QUARANTINE" | "ACCEPT";
  /** What becomes of a tool that an approved target didn't have. */
  readonly newTools?: "QUARANTINE" | "ACCEPT";
  /** What holds for calls of single targets, where it isn't what holds for every target. */
  readonly targetSettings?: readonly TargetSettings[];
  /** How much is let through, beside what policy says. */
  readonly rateLimits?: readonly RateLimit[];
  /** Whether what an interceptor could not look at is stopped or passes as it is. */
  readonly requestInterceptorFailure?: "FAIL_CLOSED" | "FAIL_OPEN";
  readonly responseInterceptorFailure?: "FAIL_CLOSED" | "FAIL_OPEN";
  /** How long an interceptor may take: 10 seconds, or from 1 to 60. */
  readonly interceptorTimeoutSeconds?: number;
  /**
   * Whether clients of MCP 2025-11-25 are taken to open addresses when they are told to, which the gateway can't know: it
   * keeps no sessions. Without it they get a tool error that has the address.
   */
  readonly urlElicitation?: "DECLARED" | "ASSUMED";
  /** What the REQUEST interceptor tells policies: they see it as `context.interceptor`. */
  readonly interceptorContext?: readonly InterceptorAttribute[];
  /** The client that Gatehouse is of the gateway's own issuer; absent where users and clients deal with the issuer alone. */
  readonly oauthClient?: GatewayOauthClient;
}

/** A client that somebody has registered for Gatehouse at the issuer of a gateway. */
export interface GatewayOauthClient {
  readonly clientId: string;
  /** Absent for a public client. Sealed as `identity/facade/oauthClient.ts` says, which opens it as well. */
  readonly sealedClientSecret?: string;
  /** What clients of the gateway may ask for; the authorizer's `allowedScopes` where nothing is said. */
  readonly scopes?: readonly string[];
  /** Whether the issuer is told which gateway a token is for (RFC 8707): `SEND`, or `OMIT` for issuers that refuse it. */
  readonly resourceIndicator?: "SEND" | "OMIT";
  /** The issuer that it is a client of: the gateway's when this was set. The secret goes to no other. */
  readonly discoveryUrl: string;
}

/** A token bucket: so many at once, filled again evenly over the period. */
export interface RateLimit {
  /** What counts together: every request of the gateway, those of each principal, or the calls of a tool. */
  readonly scope: "GATEWAY" | "PRINCIPAL" | "TOOL";
  /** With TOOL, the tool as agents know it; every tool for itself where none is named. */
  readonly tool?: string;
  readonly limit: number;
  readonly periodSeconds: number;
}

/** How the calls of one target are bounded. What is absent is as `gateway/resilience/settings.ts` says. */
export interface TargetSettings {
  /** The target's name. */
  readonly target: string;
  /** How long a call may take, its retries included. */
  readonly timeoutSeconds?: number;
  /** The target's own names of tools that may be called again when a call failed; `*` for all of them. */
  readonly idempotentTools?: readonly string[];
  /** How often a call of these is repeated at most. */
  readonly maxRetries?: number;
  /** How many calls one process has under way at the target at a time. */
  readonly maxConcurrentCalls?: number;
  /** The share of calls that must fail for the circuit to open. */
  readonly failurePercent?: number;
  /** How large an answer may be, as JSON. */
  readonly maxResultBytes?: number;
  /** Of a Lambda function: whether it is told, in a signed text, for whom it is called. */
  readonly userContext?: boolean;
}

/** How long an interceptor may take where nothing is set. */
export const defaultInterceptorTimeoutSeconds = 10;

/** One piece of what an interceptor tells policies. */
export interface InterceptorAttribute {
  readonly name: string;
  readonly type: "STRING" | "LONG" | "BOOL";
}

/** A target of a gateway. */
export interface TargetRecord {
  readonly gatewayId: string;
  readonly targetId: string;
  readonly name: string;
  readonly description?: string;
  readonly targetConfiguration: TargetConfiguration;
  readonly credentialProviderConfigurations: readonly CredentialProviderConfiguration[];
  /** Which headers and query parameters go to the target, and which of its headers come back. */
  readonly metadataConfiguration?: MetadataConfiguration;
  readonly status: TargetStatus;
  readonly statusReasons?: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When its tools were last read without fault. Absent until somebody's first tools are approved. */
  readonly lastSynchronizedAt?: string;
  /** Which stored description its tools are read from, where that was in the request (configRepository.schemas.ts). */
  readonly schemaGeneration?: string;
  /** How many tools differ from what was approved, by how; absent where none does. */
  readonly drift?: { readonly changed: number; readonly new: number; readonly removed: number };
}

/** Where a tool's description carries what Gatehouse keeps with it: a symbol, so that it reaches no target and no client. */
export const cedarTypes = Symbol("Cedar types");

/**
 * Where a tool's description carries how a call of it is made, as JSON text, where that isn't plain from its name: an HTTP
 * request's method, path and parameters. A symbol as well; only the target's own kind reads it.
 */
export const binding = Symbol("Binding");

/**
 * Where the description of a tool says why the tool is not offered: its target says something else of it now than what was
 * approved, or has it no longer. The description itself is the approved one.
 */
export const quarantine = Symbol("Quarantine");
export type Quarantine = "CHANGED" | "REMOVED";

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
  readonly [binding]?: string;
  readonly [quarantine]?: Quarantine;
}

/** A prompt as its target describes it (an MCP `Prompt`), under the target's own name for it. */
export interface PromptDescription {
  readonly name: string;
  readonly description?: string;
  readonly arguments?: readonly {
    readonly name: string;
    readonly required?: boolean;
    readonly [other: string]: unknown;
  }[];
  readonly [other: string]: unknown;
}

/** A resource as its target describes it (an MCP `Resource`), under the target's own URI. */
export interface ResourceDescription {
  readonly uri: string;
  readonly [other: string]: unknown;
}

/** A template of resources' URIs (RFC 6570) as its target describes it (an MCP `ResourceTemplate`). */
export interface ResourceTemplateDescription {
  readonly uriTemplate: string;
  readonly [other: string]: unknown;
}

/** What an MCP server offers beside tools. What it has no capability for is absent; what is empty is offered all the same. */
export interface TargetFeatures {
  readonly prompts?: readonly PromptDescription[];
  readonly resources?: readonly ResourceDescription[];
  readonly resourceTemplates?: readonly ResourceTemplateDescription[];
  /** Whether it completes arguments of prompts and templates. */
  readonly completions?: boolean;
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
  readonly status: PolicyStatus;
  readonly statusReasons: readonly string[];
  /** A policy in LOG_ONLY is evaluated and recorded, and decides nothing. ACTIVE where nothing is said. */
  readonly enforcementMode?: EnforcementMode;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One statement of a text, as a policy or with the reason why it is none. */
export interface PolicyGenerationAssetRecord {
  readonly policyGenerationAssetId: string;
  readonly rawTextFragment: string;
  /** The policy in Cedar's own syntax; absent where the fragment is none. */
  readonly statement?: string;
  readonly findings: readonly { readonly type: FindingType; readonly description: string }[];
}

/** Policies to be written from words, or written. */
export interface PolicyGenerationRecord {
  readonly policyEngineId: string;
  readonly policyGenerationId: string;
  readonly policyGenerationArn: string;
  readonly name: string;
  /** The gateway whose tools the text speaks of. */
  readonly gatewayArn: string;
  readonly rawText: string;
  readonly status: PolicyGenerationStatus;
  readonly statusReasons: readonly string[];
  readonly assets: readonly PolicyGenerationAssetRecord[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A change of an engine's policies that is tried out: a statement is added, takes a policy's place, or is taken away. */
export interface PolicyChangeRecord {
  readonly policyId?: string;
  readonly statement?: string;
  readonly enforcementMode?: EnforcementMode;
}

/** A policy of a set that is tried out. */
export interface CandidatePolicyRecord extends PolicyChangeRecord {
  readonly policyId: string;
  readonly statement: string;
}

/** Recorded calls that are tried against other policies, or were. */
export interface PolicyReplayRecord {
  readonly gatewayId: string;
  readonly gatewayArn: string;
  readonly policyReplayId: string;
  readonly policyEngineArn: string;
  readonly against: "RECORDED" | "CURRENT";
  /** The policies that are tried: these, or else the engine's with the changes. */
  readonly policies?: readonly CandidatePolicyRecord[];
  readonly changes: readonly PolicyChangeRecord[];
  readonly from: string;
  readonly until: string;
  readonly status: "REPLAYING" | "REPLAYED" | "REPLAY_FAILED";
  readonly statusReasons: readonly string[];
  /** What came out, as JSON. */
  readonly report?: JsonObject;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** An evaluator of the account's own: a judge that is asked, or code that is called. */
export interface EvaluatorRecord {
  readonly evaluatorId: string;
  readonly evaluatorArn: string;
  readonly evaluatorName: string;
  readonly description?: string;
  readonly level: EvaluatorLevel;
  readonly evaluatorConfig: EvaluatorConfig;
  readonly status: EvaluatorStatus;
  readonly tags?: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
  /** How many online evaluations that are ENABLED use it: as long as there is one, it can't be changed or deleted. */
  readonly enabledUses: number;
}

/** An online evaluation: which sessions of an agent are evaluated when they have ended, and by what. */
export interface OnlineEvaluationConfigRecord {
  readonly onlineEvaluationConfigId: string;
  readonly onlineEvaluationConfigArn: string;
  readonly onlineEvaluationConfigName: string;
  readonly description?: string;
  /** Its `sessionConfig` is always there. */
  readonly rule: Rule;
  /** Its one service name is the agent whose sessions are evaluated. */
  readonly dataSourceConfig: DataSourceConfig;
  readonly evaluators: readonly EvaluatorReference[];
  readonly evaluationExecutionRoleArn: string;
  readonly executionStatus: OnlineEvaluationExecutionStatus;
  /** Since when it is ENABLED; absent where it isn't. What was over by then is none of its. */
  readonly enabledAt?: string;
  readonly status: OnlineEvaluationConfigStatus;
  readonly tags?: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** A gateway with its targets and what they offer, all of one version. */
export interface GatewayConfiguration {
  readonly gateway: GatewayRecord;
  readonly targets: readonly (TargetRecord & {
    readonly tools: readonly ToolDescription[];
    readonly features?: TargetFeatures;
  })[];
}

/** An engine with its policies, all of one version. */
export interface PolicyEngineConfiguration {
  readonly engine: PolicyEngineRecord;
  readonly policies: readonly PolicyRecord[];
}
