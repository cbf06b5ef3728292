import type { StaticOperationSchema } from "@smithy/types";
import {
  boolean,
  dateTime,
  document,
  listOf,
  listOfStrings,
  type Members,
  mapOfStrings,
  number,
  operation,
  page,
  pathLabel,
  secret,
  string,
  structure,
} from "./schema.ts";

const exampleRequest = structure(
  "ExampleRequest",
  { principalType: string, principalId: string, tool: string, arguments: document },
  { principalTags: mapOfStrings, time: dateTime, interceptor: document },
);

const finding = structure(
  "PolicyFinding",
  { policyId: string, type: string, description: string },
  { tools: listOfStrings, example: () => exampleRequest },
);

const difference = structure("DecisionDifference", { tool: string, example: () => exampleRequest });

const gatewayAnalysis = structure("GatewayPolicyAnalysis", {
  gatewayArn: string,
  findings: listOf(finding),
  shadowed: listOf(structure("ShadowedPolicy", { policyId: string, by: string, tools: listOfStrings })),
  overlaps: listOf(
    structure("PolicyOverlap", { forbid: string, permit: string, tool: string, example: () => exampleRequest }),
  ),
  newlyAllowed: listOf(difference),
  newlyDenied: listOf(difference),
  undecided: listOf(structure("UndecidedQuestion", { tools: listOfStrings, reason: string }, { policyId: string })),
});

/**
 * A statement without a policy's id is added, one with it takes the policy's place, an id alone takes it away. An id with a
 * mode leaves the statement as it is.
 */
const changes: Members = {
  changes: listOf(structure("PolicyChange", {}, { policyId: string, statement: string, enforcementMode: string })),
};

/** A whole set of policies that an engine doesn't have. */
const policies: Members = {
  policies: listOf(structure("CandidatePolicy", { policyId: string, statement: string }, { enforcementMode: string })),
};

const targetSettings = structure(
  "TargetSettings",
  { target: string },
  {
    timeoutSeconds: number,
    idempotentTools: listOfStrings,
    maxRetries: number,
    maxConcurrentCalls: number,
    failurePercent: number,
    maxResultBytes: number,
    userContext: boolean,
  },
);

const rateLimit = structure("RateLimit", { scope: string, limit: number, periodSeconds: number }, { tool: string });

const settings: Members = {
  explainDenials: boolean,
  recordArguments: string,
  recordResults: string,
  toolNames: string,
  changedTools: string,
  newTools: string,
  targetSettings: listOf(targetSettings),
  rateLimits: listOf(rateLimit),
  requestInterceptorFailure: string,
  responseInterceptorFailure: string,
  interceptorTimeoutSeconds: number,
  urlElicitation: string,
  interceptorContext: listOf(structure("InterceptorAttribute", { name: string, type: string })),
};
const oauthClient: Members = { scopes: listOfStrings, resourceIndicator: string };
const settingsRequest: Members = {
  ...settings,
  oauthClient: () =>
    structure("OauthClient", { clientId: string }, { clientSecret: secret("OauthClientSecret"), ...oauthClient }),
};
const settingsAnswer = structure(
  "GatewaySettings",
  { gatewayArn: string, ...settings },
  { oauthClient: () => structure("OauthClientSummary", { clientId: string }, oauthClient) },
);

const replay: Members = {
  policyReplayId: string,
  gatewayArn: string,
  policyEngineArn: string,
  status: string,
  statusReasons: listOfStrings,
  against: string,
  from: dateTime,
  until: dateTime,
  createdAt: dateTime,
  updatedAt: dateTime,
};
const gateway: Members = { gatewayIdentifier: pathLabel };

/** The operations on what policies mean, and on a gateway's own settings. */
export const policyOperations: readonly StaticOperationSchema[] = [
  operation(
    "GetGatewayPolicySchema",
    ["GET", "/gateways/{gatewayIdentifier}/policy-schema", 200],
    structure("GetGatewayPolicySchemaRequest", gateway),
    structure("GetGatewayPolicySchemaResponse", {
      gatewayArn: string,
      cedarText: string,
      cedarJson: document,
      unrepresentable: listOf(
        structure("UnrepresentableInput", { tool: string, reason: string, policiesSee: string }, { property: string }),
      ),
    }),
  ),
  operation(
    "GetGatewaySettings",
    ["GET", "/gateways/{gatewayIdentifier}/settings", 200],
    structure("GetGatewaySettingsRequest", gateway),
    settingsAnswer,
  ),
  operation(
    "PutGatewaySettings",
    ["PUT", "/gateways/{gatewayIdentifier}/settings", 200],
    structure("PutGatewaySettingsRequest", gateway, settingsRequest),
    settingsAnswer,
  ),
  operation(
    "AnalyzePolicies",
    ["POST", "/policy-engines/{policyEngineId}/policy-analysis", 200],
    structure("AnalyzePoliciesRequest", { policyEngineId: pathLabel }, { gatewayArn: string, ...changes }),
    structure("AnalyzePoliciesResponse", { policyEngineArn: string, gateways: listOf(gatewayAnalysis) }),
  ),
  operation(
    "StartPolicyReplay",
    ["POST", "/gateways/{gatewayIdentifier}/policy-replays", 202],
    structure(
      "StartPolicyReplayRequest",
      { ...gateway, from: dateTime, until: dateTime },
      { policyEngineArn: string, against: string, ...policies, ...changes },
    ),
    structure("StartPolicyReplayResponse", replay),
  ),
  operation(
    "GetPolicyReplay",
    ["GET", "/gateways/{gatewayIdentifier}/policy-replays/{policyReplayId}", 200],
    structure("GetPolicyReplayRequest", { ...gateway, policyReplayId: pathLabel }),
    structure("GetPolicyReplayResponse", replay, { report: document }),
  ),
  operation(
    "ListPolicyReplays",
    ["GET", "/gateways/{gatewayIdentifier}/policy-replays", 200],
    structure("ListPolicyReplaysRequest", gateway, page),
    structure(
      "ListPolicyReplaysResponse",
      { policyReplays: listOf(structure("PolicyReplaySummary", replay)) },
      { nextToken: string },
    ),
  ),
];
