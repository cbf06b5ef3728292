import { GetGatewayCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { startTestControlPlane, type TestControlPlane } from "@gatehouse/core/control/testing.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attach, createEngineAndPolicies, createGateway, setUpInsurance } from "./setup.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const issuer = "http://127.0.0.1:4000/idp";

test("the talk's steps: a gateway without an engine, then LOG_ONLY, then ENFORCE", async () => {
  const { client } = plane;
  const { gatewayId, gatewayUrl, audience } = await createGateway(client, { issuer });
  const engine = async () =>
    (await client.send(new GetGatewayCommand({ gatewayIdentifier: gatewayId }))).policyEngineConfiguration;
  expect(audience).toBe(gatewayUrl);
  expect(await engine()).toBeUndefined();
  await createEngineAndPolicies(client, { issuer });
  expect(await engine()).toBeUndefined();
  await attach(client, { issuer }, "LOG_ONLY");
  expect(await engine()).toEqual({ arn: expect.stringContaining("underwriting_use_case"), mode: "LOG_ONLY" });
  await attach(client, { issuer }, "ENFORCE");
  expect(await engine()).toEqual({ arn: expect.stringContaining("underwriting_use_case"), mode: "ENFORCE" });
});

test("setting up again changes nothing, and leaves what the example is", async () => {
  const { endpoint, repository } = plane;
  const insurance = await setUpInsurance({ endpoint, issuer });
  const versions = await repository.versions(insurance.gatewayId);
  expect(await setUpInsurance({ endpoint, issuer })).toEqual(insurance);
  expect(await repository.versions(insurance.gatewayId)).toEqual(versions);
  const configuration = await repository.loadGateway(insurance.gatewayId);
  expect(configuration?.gateway.authorizerConfiguration?.customJWTAuthorizer).toEqual({
    discoveryUrl: `${issuer}/.well-known/openid-configuration`,
    allowedAudience: [insurance.gatewayUrl],
  });
  const tools = configuration?.targets.flatMap(({ name, tools }) => tools.map((tool) => `${name}___${tool.name}`));
  expect(tools?.sort()).toEqual([
    "ApplicationToolTarget___create_application",
    "ApprovalToolTarget___approve_underwriting",
    "RiskModelToolTarget___invoke_risk_model",
  ]);
  expect((await repository.loadPolicyEngine(versions?.engine?.id ?? ""))?.policies).toHaveLength(2);
});

test("an audience and a mode of one's own are taken, and an issuer that has moved", async () => {
  const { endpoint, repository } = plane;
  const moved = "http://127.0.0.1:5000/idp";
  const { gatewayId } = await setUpInsurance({ endpoint, issuer: moved, audience: "insurance", enforce: false });
  const gateway = await repository.getGateway(gatewayId);
  expect(gateway?.policyEngineConfiguration?.mode).toBe("LOG_ONLY");
  expect(gateway?.authorizerConfiguration?.customJWTAuthorizer).toMatchObject({
    discoveryUrl: `${moved}/.well-known/openid-configuration`,
    allowedAudience: ["insurance"],
  });
});
