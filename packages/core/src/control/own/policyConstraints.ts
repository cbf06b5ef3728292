import type { Constraint } from "../constraints/constraint.ts";
import { ofShape } from "../constraints/shapes.ts";

const gatewayIdentifier = ofShape("GatewayIdentifier");
const policyEngineId = ofShape("ResourceId");
const gatewayArn: Constraint = { minLength: 1, maxLength: 2_048 };
const policyEngineArn: Constraint = { minLength: 1, maxLength: 2_048 };
const changes: Constraint = { maxLength: 100 };
const policies: Constraint = { minLength: 1, maxLength: 1_000 };
const statement: Constraint = { minLength: 1, maxLength: 10_000 };
const enforcementMode: Constraint = { enum: ["ACTIVE", "LOG_ONLY"] };
const interceptorFailure: Constraint = { enum: ["FAIL_CLOSED", "FAIL_OPEN"] };
const redaction: Constraint = { enum: ["NONE", "SHAPES", "MASKED", "FULL"] };
const ofTools: Constraint = { enum: ["QUARANTINE", "ACCEPT"] };
const policyReplayId: Constraint = { pattern: "replay-[a-z0-9]{10}" };

/** What holds for the members of the operations on policies beyond their types, by structure and member. */
export const policyConstraints = {
  GetGatewayPolicySchemaRequest: { gatewayIdentifier },
  GetGatewaySettingsRequest: { gatewayIdentifier },
  PutGatewaySettingsRequest: {
    gatewayIdentifier,
    recordArguments: redaction,
    recordResults: redaction,
    toolNames: { enum: ["QUALIFIED", "PLAIN"] },
    changedTools: ofTools,
    newTools: ofTools,
    targetSettings: { maxLength: 500 },
    rateLimits: { maxLength: 50 },
    requestInterceptorFailure: interceptorFailure,
    responseInterceptorFailure: interceptorFailure,
    interceptorTimeoutSeconds: { whole: true, minimum: 1, maximum: 60 },
    urlElicitation: { enum: ["DECLARED", "ASSUMED"] },
    interceptorContext: { maxLength: 20 },
  },
  RateLimit: {
    scope: { enum: ["GATEWAY", "PRINCIPAL", "TOOL"] },
    tool: { minLength: 1, maxLength: 500 },
    limit: { whole: true, minimum: 1, maximum: 1_000_000 },
    periodSeconds: { whole: true, minimum: 1, maximum: 86_400 },
  },
  TargetSettings: {
    target: ofShape("TargetName"),
    // A call must end before its function does.
    timeoutSeconds: { whole: true, minimum: 1, maximum: 880 },
    idempotentTools: { maxLength: 1_000, each: { minLength: 1, maxLength: 256 } },
    maxRetries: { whole: true, minimum: 0, maximum: 5 },
    maxConcurrentCalls: { whole: true, minimum: 1, maximum: 10_000 },
    failurePercent: { whole: true, minimum: 1, maximum: 100 },
    maxResultBytes: { whole: true, minimum: 1_000, maximum: 20_000_000 },
  },
  // Names that are attributes in Cedar without quotes.
  InterceptorAttribute: {
    name: { pattern: "[A-Za-z_][A-Za-z0-9_]*", minLength: 1, maxLength: 64 },
    type: { enum: ["STRING", "LONG", "BOOL"] },
  },
  OauthClient: {
    clientId: { minLength: 1, maxLength: 256 },
    clientSecret: { minLength: 1, maxLength: 2_048 },
    // RFC 6749, section 3.3.
    scopes: { maxLength: 50, each: { minLength: 1, maxLength: 200, pattern: "[\\x21\\x23-\\x5b\\x5d-\\x7e]+" } },
    resourceIndicator: { enum: ["SEND", "OMIT"] },
  },
  AnalyzePoliciesRequest: { policyEngineId, gatewayArn, changes },
  PolicyChange: {
    policyId: ofShape("ResourceId"),
    statement,
    enforcementMode,
  },
  // Named as whoever wrote it names it.
  CandidatePolicy: { policyId: { minLength: 1, maxLength: 100 }, statement, enforcementMode },
  StartPolicyReplayRequest: {
    gatewayIdentifier,
    policyEngineArn,
    against: { enum: ["RECORDED", "CURRENT"] },
    policies,
    changes,
  },
  GetPolicyReplayRequest: { gatewayIdentifier, policyReplayId },
  ListPolicyReplaysRequest: {
    gatewayIdentifier,
    maxResults: { whole: true, minimum: 1, maximum: 100 },
    nextToken: { minLength: 1, maxLength: 2048, pattern: "\\S*" },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Constraint>>>>;
