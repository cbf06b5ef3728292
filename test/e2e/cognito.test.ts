import { CreateGatewayCommand, type CustomJWTAuthorizerConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cognito, startCognito } from "../support/cognito.ts";
import { roleArn, startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { post, textOf, toolsCall } from "../support/mcp.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let gatehouse: TestGatehouse;
let upstream: Upstream;
let cognito: Cognito;
let clientId: string;
beforeAll(async () => {
  const pay = { name: "pay", inputSchema: { type: "object" as const } };
  [gatehouse, upstream, cognito] = await Promise.all([startGatehouse(), startUpstream([pay]), startCognito()]);
  clientId = await cognito.addClient();
  await cognito.addUser("fiona@example.com", ["finance", "agents"]);
  await cognito.addUser("bob@example.com");
});
afterAll(() => Promise.all([gatehouse[Symbol.asyncDispose](), upstream.stop(), cognito[Symbol.asyncDispose]()]));

async function createGateway(
  name: string,
  rules: Omit<CustomJWTAuthorizerConfiguration, "discoveryUrl">,
): Promise<TestGateway> {
  const customJWTAuthorizer = { discoveryUrl: cognito.discoveryUrl, ...rules };
  const created = await gatehouse.control.send(
    new CreateGatewayCommand({
      name,
      roleArn,
      authorizerType: "CUSTOM_JWT",
      authorizerConfiguration: { customJWTAuthorizer },
    }),
  );
  const gateway = { id: created.gatewayId ?? "", arn: created.gatewayArn ?? "", url: created.gatewayUrl ?? "" };
  await gatehouse.addTarget(gateway, "Bank", { mcpServer: { endpoint: upstream.endpoint } });
  return gateway;
}

const call = ({ url }: TestGateway, token: string) =>
  post(url, toolsCall("Bank___pay", {}), { Authorization: `Bearer ${token}` });

test("access tokens of Cognito, which name a client and no audience, are checked by their client", async () => {
  const gateway = await createGateway("access-tokens", { allowedClients: [clientId] });
  const { access, id, refresh } = await cognito.signIn(clientId, "bob@example.com");
  expect((await call(gateway, access)).status).toBe(200);
  // T01 T03: of the same issuer, by the same key, and for something else.
  expect((await call(gateway, id)).status).toBe(401);
  expect((await call(gateway, refresh)).status).toBe(401);
  const other = await cognito.signIn(await cognito.addClient(), "bob@example.com");
  expect((await call(gateway, other.access)).status).toBe(401);
  expect((await gatehouse.decisions(gateway)).at(-1)).toMatchObject({ agent: clientId, outcome: "allowed" });
});

test("groups of Cognito are checked by the authorizer, and seen by policies", async () => {
  const gateway = await createGateway("groups", {
    customClaims: [
      {
        inboundTokenClaimName: "cognito:groups",
        inboundTokenClaimValueType: "STRING_ARRAY",
        authorizingClaimMatchValue: {
          claimMatchOperator: "CONTAINS_ANY",
          claimMatchValue: { matchValueStringList: ["agents", "people"] },
        },
      },
    ],
  });
  const fiona = await cognito.signIn(clientId, "fiona@example.com");
  const bob = await cognito.signIn(clientId, "bob@example.com");
  expect((await call(gateway, fiona.access)).status).toBe(200);
  expect((await call(gateway, bob.access)).status).toBe(401);

  const memberOf = (group: string) =>
    String.raw`permit(principal is AgentCore::OAuthUser, action, resource == AgentCore::Gateway::"{gateway}") when { principal.hasTag("cognito:groups") && principal.getTag("cognito:groups") like "*\"${group}\"*" };`;
  await gatehouse.attach(gateway, "ENFORCE", { finance: memberOf("finance") });
  expect((await call(gateway, fiona.access)).body?.result?.isError).toBeFalsy();
  await gatehouse.attach(gateway, "ENFORCE", { fin: memberOf("fin") });
  // What is changed holds within a second.
  const answer = async () => textOf((await call(gateway, fiona.access)).body?.result);
  await expect.poll(answer, { timeout: 10_000 }).toContain("Tool Execution Denied");
});
