import type { JsonObject } from "../../json.ts";
import type { Redaction } from "../../observability/redaction/redact.ts";
import type { SchemaDescription } from "../../policy/schema/policySchema.ts";
import type { GatewayOauthClient, InterceptorAttribute, RateLimit, TargetSettings } from "../../storage/records.ts";

/** How a gateway behaves beyond what AgentCore's API can say. */
export interface GatewaySettings {
  readonly gatewayArn: string;
  /** Whether a denied caller is told which conditions on the arguments did not hold. */
  readonly explainDenials: boolean;
  /** What of a call's arguments is kept with its spans. `FULL` keeps them and its caller's claims with its decision too, to replay it later. */
  readonly recordArguments: Redaction;
  /** What of a tool's results is kept with the spans of its calls. */
  readonly recordResults: Redaction;
  /** What agents call tools by: `QUALIFIED`, `Target___tool`, or `PLAIN`, the target's own name. */
  readonly toolNames: "QUALIFIED" | "PLAIN";
  /** What becomes of a tool of which its target says something else than what was approved. */
  readonly changedTools: "QUARANTINE" | "ACCEPT";
  /** What becomes of a tool that an approved target didn't have. */
  readonly newTools: "QUARANTINE" | "ACCEPT";
  /** What holds for calls of single targets. */
  readonly targetSettings: readonly TargetSettings[];
  /** How much is let through. */
  readonly rateLimits: readonly RateLimit[];
  /** What becomes of a request, or an answer, that the interceptor there could not look at: stopped, or passed as it is. */
  readonly requestInterceptorFailure: "FAIL_CLOSED" | "FAIL_OPEN";
  readonly responseInterceptorFailure: "FAIL_CLOSED" | "FAIL_OPEN";
  /** How long an interceptor may take. */
  readonly interceptorTimeoutSeconds: number;
  /** Whether clients of MCP 2025-11-25 are taken to open addresses: `DECLARED`, never, since they can't say so, or `ASSUMED`. */
  readonly urlElicitation: "DECLARED" | "ASSUMED";
  /** What the REQUEST interceptor tells policies, which see it as `context.interceptor`. */
  readonly interceptorContext: readonly InterceptorAttribute[];
  /** The client that Gatehouse is of the gateway's own issuer, without its secret. */
  readonly oauthClient?: Pick<GatewayOauthClient, "clientId" | "scopes" | "resourceIndicator">;
}

/** That client as it is put. */
export interface OauthClientInput {
  readonly clientId: string;
  /** Without one, the client that is put again keeps the one that it has. */
  readonly clientSecret?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly resourceIndicator?: "SEND" | "OMIT" | undefined;
}

/** A change of an engine's policies that is tried out: one added, replaced, or taken away. */
export interface PolicyChange {
  readonly policyId?: string | undefined;
  readonly statement?: string | undefined;
  readonly enforcementMode?: string | undefined;
}

/** A policy of a set that is tried out. */
export interface CandidatePolicy {
  readonly policyId: string;
  readonly statement: string;
  readonly enforcementMode?: string | undefined;
}

/** A call, as an example. */
export interface ExampleRequest {
  readonly principalType: string;
  readonly principalId: string;
  readonly principalTags?: Readonly<Record<string, string>>;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly time?: Date;
  /** What the gateway's interceptor says of the call, where it tells policies something. */
  readonly interceptor?: JsonObject;
}

/** What is known of an engine's policies at one gateway. */
export interface GatewayPolicyAnalysis {
  readonly gatewayArn: string;
  readonly findings: readonly {
    readonly policyId: string;
    readonly type: string;
    readonly description: string;
    readonly tools?: readonly string[];
    readonly example?: ExampleRequest;
  }[];
  readonly shadowed: readonly { readonly policyId: string; readonly by: string; readonly tools: readonly string[] }[];
  readonly overlaps: readonly {
    readonly forbid: string;
    readonly permit: string;
    readonly tool: string;
    readonly example: ExampleRequest;
  }[];
  readonly newlyAllowed: readonly { readonly tool: string; readonly example: ExampleRequest }[];
  readonly newlyDenied: readonly { readonly tool: string; readonly example: ExampleRequest }[];
  readonly undecided: readonly {
    /** The policy that the question was about; absent for what was asked of several. */
    readonly policyId?: string;
    readonly tools: readonly string[];
    readonly reason: string;
  }[];
}

/** A replay of recorded calls, without its report. */
export interface PolicyReplay {
  readonly policyReplayId: string;
  readonly gatewayArn: string;
  readonly policyEngineArn: string;
  readonly status: "REPLAYING" | "REPLAYED" | "REPLAY_FAILED";
  readonly statusReasons: readonly string[];
  /** What the candidate's decisions are compared with. */
  readonly against: "RECORDED" | "CURRENT";
  readonly from: Date;
  readonly until: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

type OfGateway = { readonly gatewayIdentifier: string };

/** The operations on what policies mean, and on a gateway's own settings, by name. */
export interface PolicyOperations {
  GetGatewayPolicySchema: {
    input: OfGateway;
    output: SchemaDescription & { readonly gatewayArn: string };
  };
  GetGatewaySettings: { input: OfGateway; output: GatewaySettings };
  PutGatewaySettings: {
    input: OfGateway & {
      readonly [Setting in keyof Omit<GatewaySettings, "gatewayArn" | "oauthClient">]?:
        | GatewaySettings[Setting]
        | undefined;
    } & { readonly oauthClient?: OauthClientInput | undefined };
    output: GatewaySettings;
  };
  AnalyzePolicies: {
    input: {
      readonly policyEngineId: string;
      readonly gatewayArn?: string | undefined;
      readonly changes?: readonly PolicyChange[] | undefined;
    };
    output: { readonly policyEngineArn: string; readonly gateways: readonly GatewayPolicyAnalysis[] };
  };
  StartPolicyReplay: {
    input: OfGateway & {
      readonly from: Date;
      readonly until: Date;
      readonly policyEngineArn?: string | undefined;
      readonly against?: "RECORDED" | "CURRENT" | undefined;
      readonly policies?: readonly CandidatePolicy[] | undefined;
      readonly changes?: readonly PolicyChange[] | undefined;
    };
    output: PolicyReplay;
  };
  GetPolicyReplay: {
    input: OfGateway & { readonly policyReplayId: string };
    output: PolicyReplay & { readonly report?: JsonObject };
  };
  ListPolicyReplays: {
    input: OfGateway & { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined };
    output: { readonly policyReplays: readonly PolicyReplay[]; readonly nextToken?: string };
  };
}

/** The name of one of them. */
export type PolicyOperation = keyof PolicyOperations;
