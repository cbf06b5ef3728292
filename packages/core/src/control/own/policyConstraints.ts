import type { Constraint } from "../constraints/constraint.ts";
import { ofShape } from "../constraints/shapes.ts";

const gatewayIdentifier = ofShape("GatewayIdentifier");
const policyEngineId = ofShape("ResourceId");
const gatewayArn: Constraint = { minLength: 1, maxLength: 2_048 };
const policyEngineArn: Constraint = { minLength: 1, maxLength: 2_048 };
const changes: Constraint = { minLength: 1, maxLength: 25 };
const policyReplayId: Constraint = { pattern: "replay-[a-z0-9]{10}" };

/** What holds for the members of the operations on policies beyond their types, by structure and member. */
export const policyConstraints = {
  GetGatewayPolicySchemaRequest: { gatewayIdentifier },
  GetGatewaySettingsRequest: { gatewayIdentifier },
  PutGatewaySettingsRequest: { gatewayIdentifier, recordArguments: { enum: ["NONE", "FULL"] } },
  AnalyzePoliciesRequest: { policyEngineId, gatewayArn, changes },
  PolicyChange: {
    policyId: ofShape("ResourceId"),
    statement: { minLength: 1, maxLength: 10_000 },
    enforcementMode: { enum: ["ACTIVE", "LOG_ONLY"] },
  },
  StartPolicyReplayRequest: {
    gatewayIdentifier,
    policyEngineArn,
    against: { enum: ["RECORDED", "CURRENT"] },
    changes,
  },
  GetPolicyReplayRequest: { gatewayIdentifier, policyReplayId },
  ListPolicyReplaysRequest: {
    gatewayIdentifier,
    maxResults: { whole: true, minimum: 1, maximum: 100 },
    nextToken: { minLength: 1, maxLength: 2048, pattern: "\\S*" },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Constraint>>>>;
