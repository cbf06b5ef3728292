import { expect, test } from "vitest";
import { isAboutResource, resourceOf } from "./resources.ts";

const location = { region: "us-east-1", accountId: "123456789012" };
const arn = (resource: string) => `arn:aws:bedrock-agentcore:us-east-1:123456789012:${resource}`;

test.each([
  ["UpdateGateway", { gatewayIdentifier: "claims-0123456789" }, arn("gateway/claims-0123456789")],
  ["CreateGatewayTarget", { gatewayIdentifier: "claims-0123456789", name: "x" }, arn("gateway/claims-0123456789")],
  [
    "DeletePolicy",
    { policyEngineId: "main-0123456789", policyId: "a-0123456789" },
    arn("policy-engine/main-0123456789"),
  ],
  ["TagResource", { resourceArn: arn("gateway/claims-0123456789"), tags: {} }, arn("gateway/claims-0123456789")],
  ["DeleteAccessKey", { accessKeyId: "GHAK1" }, "arn:aws:gatehouse:us-east-1:123456789012:access-key/GHAK1"],
  ["UpdateWorkloadIdentity", { name: "claims" }, arn("workload-identity-directory/default/workload-identity/claims")],
  ["GetApiKeyCredentialProvider", { name: "crm" }, arn("token-vault/default/apikeycredentialprovider/crm")],
  ["DeleteOauth2CredentialProvider", { name: "crm" }, arn("token-vault/default/oauth2credentialprovider/crm")],
  ["UpdateEvaluator", { evaluatorId: "tone-0123456789" }, arn("evaluator/tone-0123456789")],
  ["GetEvaluator", { evaluatorId: "Builtin.Helpfulness" }, arn("evaluator/Builtin.Helpfulness")],
  [
    "DeleteOnlineEvaluationConfig",
    { onlineEvaluationConfigId: "live-0123456789" },
    arn("online-evaluation-config/live-0123456789"),
  ],
  ["CreateEvaluator", { evaluatorName: "tone" }, "123456789012"],
  ["ListOnlineEvaluationConfigs", {}, "123456789012"],
  ["CreateOauth2CredentialProvider", { name: "crm" }, "123456789012"],
  ["ListWorkloadIdentities", {}, "123456789012"],
  ["RotateDataKey", {}, "123456789012"],
  ["RotateSigningKey", {}, "123456789012"],
  ["CreateGateway", { name: "claims" }, "123456789012"],
  ["ListGateways", {}, "123456789012"],
  ["CreateAccessKey", { name: "x" }, "123456789012"],
  ["PutAdministrationPolicies", { policies: "" }, "123456789012"],
  ["LaunchRocket", { gatewayIdentifier: "claims-0123456789" }, "123456789012"],
])("%s with %j is about %s", (operation, input, expected) => {
  expect(resourceOf(operation, input, location)).toBe(expected);
  expect(isAboutResource(operation)).toBe(expected.startsWith("arn:"));
});

test("members that an operation doesn't have say nothing of what it is about", () => {
  expect(resourceOf("CreateGateway", { resourceArn: arn("gateway/mine-0123456789") }, location)).toBe("123456789012");
});
