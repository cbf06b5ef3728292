import { EnforcementMode, InterceptorPayloadExclusion } from "@aws-sdk/client-bedrock-agentcore-control";
import type { Constraint } from "./constraint.ts";
import { ofShape } from "./shapes.ts";

/** Structures that the SDK calls otherwise than the model: their names in the model. */
export const namesInModel: Readonly<Record<string, string>> = {
  GatewayApiKeyCredentialProvider: "ApiKeyCredentialProvider",
};

/** The longest text that is worth keeping where the model sets no limit. */
const text = { minLength: 1, maxLength: 2048 } as const;
const short = { minLength: 1, maxLength: 255 } as const;
const many = { maxLength: 100 } as const;
/** Gatehouse has evaluators beside AgentCore's that everybody has, with ids of their own. */
const evaluatorId = {
  ...ofShape("EvaluatorId"),
  pattern: "((Builtin|Gatehouse)\\.[a-zA-Z0-9_-]+|[a-zA-Z][a-zA-Z0-9-_]{0,99}-[a-zA-Z0-9]{10})",
};
/** What a judge chooses from: with one label there is nothing to choose. */
const scale = { minLength: 2, maxLength: 50 } as const;
/** The model's pattern has no dot in a scheme, and so leaves out the apps' own (RFC 8252, section 7.1). */
const returnUrls = {
  ...many,
  each: { ...ofShape("ResourceOauth2ReturnUrlType"), pattern: "[A-Za-z][A-Za-z0-9+.-]*:\\S+" },
};
const taggable = {
  ...ofShape("TaggableResourcesArn"),
  pattern: "arn:(?:[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:([a-z-]+/[^/]+)(?:/[a-z0-9-]+/[^/]+)*",
};
/** As long as tokens of users are verified. The model's pattern takes time that grows with the cube of their length. */
const userToken = { minLength: 1, maxLength: 16_384 } as const;
/** Gatehouse's own, and AgentCore's form of it. */
const sessionUri = { minLength: 1, maxLength: 1024, pattern: "urn:[a-z]+:[a-zA-Z0-9:._~-]+" } as const;

/**
 * Where Gatehouse doesn't do as the model does, by structure and member. Each takes the place of the model's constraint.
 *
 * The model has no limits for much of a gateway's settings, which are kept in one item of a table that holds 400 KB: with
 * limits of its own, the member that is too large is named.
 */
export const deviations: Readonly<Record<string, Readonly<Record<string, Constraint>>>> = {
  CustomJWTAuthorizerConfiguration: {
    discoveryUrl: { ...ofShape("DiscoveryUrl"), ...text },
    allowedAudience: { ...ofShape("AllowedAudienceList"), ...many, each: text },
    allowedClients: { ...ofShape("AllowedClientsList"), ...many, each: short },
    allowedScopes: { ...ofShape("AllowedScopesType"), ...many },
    customClaims: { ...ofShape("CustomClaimValidationsType"), ...many },
    // What the SDK has and the model doesn't.
    advertisedScopeMapping: {
      minLength: 1,
      ...many,
      keys: ofShape("AllowedScopeType"),
      values: ofShape("AllowedScopeType"),
    },
  },
  ClaimMatchValueType: { matchValueStringList: { ...ofShape("MatchValueStringList"), ...many } },
  MCPGatewayConfiguration: { supportedVersions: { minLength: 1, maxLength: 50, each: short } },
  // The model wants https. Gatehouse allows http on loopback where it runs on one machine: the target's handler decides.
  McpServerTargetConfiguration: { endpoint: text },
  // The data plane.
  GetWorkloadAccessTokenForJWTRequest: { userToken },
  UserIdentifier: { userToken },
  CompleteResourceTokenAuthRequest: { sessionUri },
  GetResourceOauth2TokenRequest: {
    sessionUri,
    resourceOauth2ReturnUrl: returnUrls.each,
    scopes: { ...ofShape("ScopesListType", "data"), ...many },
    audiences: { ...ofShape("AudiencesListType", "data"), ...many },
    resources: { ...ofShape("ResourcesListType", "data"), ...many },
    customParameters: { ...ofShape("CustomRequestParametersType", "data"), ...many },
  },
  // What the SDK has and the model doesn't, of operations that are built.
  ListPoliciesRequest: {
    policyEngineId: ofShape("ResourceId"),
    maxResults: ofShape("MaxResults"),
    nextToken: ofShape("NextToken"),
    targetResourceScope: ofShape("BedrockAgentcoreResourceArn"),
  },
  ListWorkloadIdentitiesRequest: { maxResults: ofShape("MaxResults"), nextToken: ofShape("NextToken") },
  GetEvaluatorRequest: { evaluatorId },
  UpdateEvaluatorRequest: { evaluatorId },
  DeleteEvaluatorRequest: { evaluatorId },
  EvaluatorReference: { evaluatorId },
  EvaluateRequest: { evaluatorId },
  // What judges are told and answer with, which the model leaves without an end.
  LlmAsAJudgeEvaluatorConfig: { instructions: { minLength: 1, maxLength: 20_000 } },
  BedrockEvaluatorModelConfig: { modelId: text },
  RatingScale: { numerical: scale, categorical: scale },
  NumericalScaleDefinition: { definition: text },
  CategoricalScaleDefinition: { definition: text },
  // Lists and addresses of identity, which the model leaves without an end.
  CreateWorkloadIdentityRequest: { allowedResourceOauth2ReturnUrls: returnUrls },
  UpdateWorkloadIdentityRequest: { allowedResourceOauth2ReturnUrls: returnUrls },
  Oauth2Discovery: { discoveryUrl: { ...ofShape("DiscoveryUrlType"), ...text } },
  Oauth2AuthorizationServerMetadata: {
    issuer: text,
    authorizationEndpoint: text,
    tokenEndpoint: text,
    responseTypes: { ...many, each: short },
  },
  IncludedOauth2ProviderConfigInput: { issuer: text, authorizationEndpoint: text, tokenEndpoint: text },
  TokenExchangeGrantTypeConfigType: { actorTokenScopes: { ...ofShape("ScopesListType"), ...many } },
  // The model's pattern has no digits in the names of kinds, and so leaves out OAuth2 credential providers.
  ListTagsForResourceRequest: { resourceArn: taggable },
  TagResourceRequest: { resourceArn: taggable },
  UntagResourceRequest: { resourceArn: taggable },
  InterceptorPayloadFilter: { exclude: { minLength: 1, maxLength: 1 } },
  InterceptorPayloadExclusionSelector: { field: { enum: Object.values(InterceptorPayloadExclusion) } },
  CreatePolicyRequest: { enforcementMode: { enum: Object.values(EnforcementMode) } },
  UpdatePolicyRequest: { enforcementMode: { enum: Object.values(EnforcementMode) } },
};
