import {
  AuthorizerType,
  ClaimMatchOperatorType,
  CredentialProviderType,
  EnforcementMode,
  ExceptionLevel,
  GatewayPolicyEngineMode,
  GatewayProtocolType,
  InboundTokenClaimValueType,
  ListingMode,
  PolicyValidationMode,
  SchemaType,
  SearchType,
} from "@aws-sdk/client-bedrock-agentcore-control";

/** What AgentCore's model says of a member beyond its type. Lengths count characters, or members of a list. */
interface Constraint {
  readonly length?: readonly [minimum: number, maximum: number];
  readonly range?: readonly [minimum: number, maximum: number];
  readonly pattern?: RegExp;
  readonly enum?: Readonly<Record<string, string>>;
  /** Of the members of a list: what holds for each. */
  readonly each?: Constraint;
}

const gatewayName = { pattern: /^([0-9a-zA-Z]-?){1,100}$/ };
const policyName = { pattern: /^[A-Za-z][A-Za-z0-9_]*$/, length: [1, 48] } as const;
const gatewayIdentifier = { pattern: /^([0-9a-z]-?){1,100}-[0-9a-z]{10}$/, length: [12, 211] } as const;
const resourceId = { pattern: /^[A-Za-z][A-Za-z0-9_]*-[a-z0-9_]{10}$/, length: [12, 59] } as const;
const targetId = { pattern: /^[0-9a-zA-Z]{10}$/ };
const roleArn = { pattern: /^arn:aws(-[^:]+)?:iam::([0-9]{12})?:role\/.+$/, length: [1, 2048] } as const;
const shortDescription = { length: [1, 200] } as const;
const longDescription = { length: [1, 4096] } as const;
const manyResults = { range: [1, 1000] } as const;
const someResults = { range: [1, 100] } as const;
const nextToken = { length: [1, 2048], pattern: /^\S*$/ } as const;
const clientToken = { length: [33, 256], pattern: /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/ } as const;
const short = { length: [1, 255] } as const;

const gatewayMembers = {
  name: gatewayName,
  description: shortDescription,
  roleArn,
  authorizerType: { enum: AuthorizerType },
  protocolType: { enum: GatewayProtocolType },
  exceptionLevel: { enum: ExceptionLevel },
  clientToken,
  gatewayIdentifier,
};
const targetMembers = {
  gatewayIdentifier,
  targetId,
  name: gatewayName,
  description: shortDescription,
  credentialProviderConfigurations: { length: [1, 1] },
  clientToken,
} as const;
const policyMembers = {
  policyEngineId: resourceId,
  policyId: resourceId,
  name: policyName,
  validationMode: { enum: PolicyValidationMode },
  enforcementMode: { enum: EnforcementMode },
  description: longDescription,
  clientToken,
};

/** By structure and member, as in AgentCore's model: the members of what is built. */
const constraints: Readonly<Record<string, Readonly<Record<string, Constraint>>>> = {
  CreateGatewayRequest: gatewayMembers,
  UpdateGatewayRequest: gatewayMembers,
  GetGatewayRequest: gatewayMembers,
  DeleteGatewayRequest: gatewayMembers,
  ListGatewaysRequest: { maxResults: manyResults, nextToken },
  CreateGatewayTargetRequest: targetMembers,
  UpdateGatewayTargetRequest: targetMembers,
  GetGatewayTargetRequest: targetMembers,
  DeleteGatewayTargetRequest: targetMembers,
  ListGatewayTargetsRequest: { gatewayIdentifier, maxResults: manyResults, nextToken },
  SynchronizeGatewayTargetsRequest: { gatewayIdentifier, targetIdList: { length: [1, 1], each: targetId } },
  CreatePolicyEngineRequest: policyMembers,
  UpdatePolicyEngineRequest: { policyEngineId: resourceId },
  GetPolicyEngineRequest: policyMembers,
  DeletePolicyEngineRequest: policyMembers,
  ListPolicyEnginesRequest: { maxResults: someResults, nextToken },
  CreatePolicyRequest: policyMembers,
  UpdatePolicyRequest: {
    policyEngineId: resourceId,
    policyId: resourceId,
    validationMode: policyMembers.validationMode,
  },
  GetPolicyRequest: policyMembers,
  DeletePolicyRequest: policyMembers,
  ListPoliciesRequest: { policyEngineId: resourceId, maxResults: someResults, nextToken },
  UpdatedDescription: { optionalValue: longDescription },
  CedarPolicy: { statement: { length: [35, 10_000] } },
  GatewayPolicyEngineConfiguration: { arn: { length: [1, 170] }, mode: { enum: GatewayPolicyEngineMode } },
  MCPGatewayConfiguration: {
    instructions: { length: [1, 2048] },
    searchType: { enum: SearchType },
    supportedVersions: { length: [1, 50], each: short },
  },
  SessionConfiguration: { sessionTimeoutInSeconds: { range: [900, 28_800] } },
  CustomJWTAuthorizerConfiguration: {
    discoveryUrl: { pattern: /^.+\/\.well-known\/openid-configuration$/, length: [1, 2048] },
    allowedAudience: { length: [1, 100], each: { length: [1, 2048] } },
    allowedClients: { length: [1, 100], each: short },
    allowedScopes: { length: [1, 100], each: { ...short, pattern: /^[\x21\x23-\x5B\x5D-\x7E]+$/ } },
    customClaims: { length: [1, 100] },
  },
  CustomClaimValidationType: {
    inboundTokenClaimName: { ...short, pattern: /^[A-Za-z0-9_.\-:]+$/ },
    inboundTokenClaimValueType: { enum: InboundTokenClaimValueType },
  },
  AuthorizingClaimMatchValueType: { claimMatchOperator: { enum: ClaimMatchOperatorType } },
  ClaimMatchValueType: {
    matchValueString: { ...short, pattern: /^[A-Za-z0-9_.-]+$/ },
    matchValueStringList: { length: [1, 100], each: { ...short, pattern: /^[A-Za-z0-9_.-]+$/ } },
  },
  CredentialProviderConfiguration: { credentialProviderType: { enum: CredentialProviderType } },
  McpLambdaTargetConfiguration: {
    lambdaArn: {
      length: [1, 170],
      pattern:
        /^arn:(aws[a-zA-Z-]*)?:lambda:([a-z]{2}(-gov)?-[a-z]+-\d):(\d{12}):function:([a-zA-Z0-9\-_.]+)(:(\$LATEST|[a-zA-Z0-9-]+))?$/,
    },
  },
  McpServerTargetConfiguration: {
    endpoint: { length: [1, 2048] },
    listingMode: { enum: ListingMode },
    resourcePriority: { range: [0, 1000] },
  },
  SchemaDefinition: { type: { enum: SchemaType } },
};

/** What is wrong with a member's value by AgentCore's model, or undefined. */
export function violationOf(structure: string, member: string, value: unknown): string | undefined {
  const members = constraints[structure];
  return members !== undefined && Object.hasOwn(members, member) ? violation(members[member], value) : undefined;
}

function violation(constraint: Constraint | undefined, value: unknown): string | undefined {
  if (constraint === undefined) return undefined;
  const { length, range, pattern, enum: values, each } = constraint;
  if (length !== undefined && (typeof value === "string" || Array.isArray(value))) {
    const unit = typeof value === "string" ? "characters" : "members";
    if (value.length < length[0]) return `must have at least ${length[0]} ${unit}`;
    if (value.length > length[1]) return `must have at most ${length[1]} ${unit}`;
  }
  if (range !== undefined && typeof value === "number") {
    const inside = Number.isInteger(value) && value >= range[0] && value <= range[1];
    if (!inside) return `must be a whole number from ${range[0]} to ${range[1]}`;
  }
  if (pattern !== undefined && typeof value === "string" && !pattern.test(value)) return `must match ${pattern.source}`;
  if (values !== undefined && typeof value === "string" && !Object.values(values).includes(value)) {
    return `must be one of ${Object.values(values).join(", ")}`;
  }
  if (each !== undefined && Array.isArray(value)) {
    return value.map((part) => violation(each, part)).find((found) => found !== undefined);
  }
  return undefined;
}
