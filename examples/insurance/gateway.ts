import {
  type BedrockAgentCoreControlClient,
  CreateGatewayCommand,
  CreateGatewayTargetCommand,
  type GatewayPolicyEngineMode,
  GetGatewayCommand,
  type GetGatewayCommandOutput,
  GetGatewayTargetCommand,
  paginateListGateways,
  paginateListGatewayTargets,
  UpdateGatewayCommand,
  type UpdateGatewayRequest,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { targets } from "./tools.ts";
import { untilReady } from "./wait.ts";

const gatewayName = "insurance";
const roleArn = "arn:aws:iam::123456789012:role/gatehouse-insurance";

/** The example's gateway. */
export interface InsuranceGateway {
  readonly gatewayId: string;
  readonly gatewayArn: string;
  readonly gatewayUrl: string;
  readonly audience: string;
}

/**
 * Step 1: the gateway with its three targets and search, without a policy engine (one that it has stays).
 * A gateway's URL is known when it exists, so the audience that is this URL is set by an update.
 */
export async function createGateway(
  client: BedrockAgentCoreControlClient,
  { issuer, audience }: { readonly issuer: string; readonly audience?: string },
): Promise<InsuranceGateway> {
  const gatewayId = (await findGateway(client)) ?? (await newGateway(client, issuer));
  const gateway = await readyGateway(client, gatewayId);
  const { gatewayArn = "", gatewayUrl = "" } = gateway;
  const wanted = audience ?? gatewayUrl;
  const authorizerConfiguration = authorizerOf(issuer, wanted);
  if (!sameAuthorizer(gateway.authorizerConfiguration, authorizerConfiguration)) {
    await client.send(new UpdateGatewayCommand({ ...settingsOf(gateway), authorizerConfiguration }));
  }
  await createTargets(client, gatewayId, gatewayArn);
  return { gatewayId, gatewayArn, gatewayUrl, audience: wanted };
}

/** Steps 2 and 3: the engine decides about the gateway's calls, and in which mode. */
export async function attach(
  client: BedrockAgentCoreControlClient,
  gatewayId: string,
  policyEngineArn: string,
  mode: GatewayPolicyEngineMode,
): Promise<void> {
  const gateway = await readyGateway(client, gatewayId);
  const { arn, mode: current } = gateway.policyEngineConfiguration ?? {};
  if (arn === policyEngineArn && current === mode) return;
  const policyEngineConfiguration = { arn: policyEngineArn, mode };
  await client.send(new UpdateGatewayCommand({ ...settingsOf(gateway), policyEngineConfiguration }));
  await readyGateway(client, gatewayId);
}

async function findGateway(client: BedrockAgentCoreControlClient): Promise<string | undefined> {
  for await (const { items = [] } of paginateListGateways({ client }, {})) {
    const found = items.find(({ name }) => name === gatewayName);
    if (found !== undefined) return found.gatewayId;
  }
  return undefined;
}

async function newGateway(client: BedrockAgentCoreControlClient, issuer: string): Promise<string> {
  const { gatewayId = "" } = await client.send(
    new CreateGatewayCommand({
      name: gatewayName,
      description: "The tools of an insurance company's underwriting agent",
      roleArn,
      protocolType: "MCP",
      protocolConfiguration: { mcp: { searchType: "SEMANTIC" } },
      authorizerType: "CUSTOM_JWT",
      authorizerConfiguration: authorizerOf(issuer, gatewayName),
    }),
  );
  return gatewayId;
}

async function readyGateway(
  client: BedrockAgentCoreControlClient,
  gatewayIdentifier: string,
): Promise<GetGatewayCommandOutput> {
  const get = () => client.send(new GetGatewayCommand({ gatewayIdentifier }));
  await untilReady(`Gateway ${gatewayIdentifier}`, get);
  return get();
}

/** An update replaces every setting: what is to stay has to be said again. */
function settingsOf(gateway: GetGatewayCommandOutput): UpdateGatewayRequest {
  return {
    gatewayIdentifier: gateway.gatewayId,
    name: gateway.name,
    description: gateway.description,
    roleArn: gateway.roleArn,
    protocolType: gateway.protocolType,
    protocolConfiguration: gateway.protocolConfiguration,
    authorizerType: gateway.authorizerType,
    authorizerConfiguration: gateway.authorizerConfiguration,
    policyEngineConfiguration: gateway.policyEngineConfiguration,
    exceptionLevel: gateway.exceptionLevel,
  };
}

function authorizerOf(issuer: string, audience: string) {
  const discoveryUrl = `${issuer}/.well-known/openid-configuration`;
  return { customJWTAuthorizer: { discoveryUrl, allowedAudience: [audience] } };
}

function sameAuthorizer(
  before: GetGatewayCommandOutput["authorizerConfiguration"],
  { customJWTAuthorizer: after }: ReturnType<typeof authorizerOf>,
): boolean {
  const { discoveryUrl, allowedAudience } = before?.customJWTAuthorizer ?? {};
  return discoveryUrl === after.discoveryUrl && String(allowedAudience) === String(after.allowedAudience);
}

async function createTargets(client: BedrockAgentCoreControlClient, gatewayIdentifier: string, gatewayArn: string) {
  const existing = new Map<string | undefined, string | undefined>();
  for await (const { items = [] } of paginateListGatewayTargets({ client }, { gatewayIdentifier })) {
    for (const { name, targetId } of items) existing.set(name, targetId);
  }
  // The functions live where the gateway lives.
  const [, , , region, account] = gatewayArn.split(":");
  for (const { name, functionName, tools } of targets) {
    const lambdaArn = `arn:aws:lambda:${region}:${account}:function:${functionName}`;
    const targetId = existing.get(name) ?? (await newTarget(client, gatewayIdentifier, name, { lambdaArn, tools }));
    await untilReady(`Target ${name}`, () => client.send(new GetGatewayTargetCommand({ gatewayIdentifier, targetId })));
  }
}

async function newTarget(
  client: BedrockAgentCoreControlClient,
  gatewayIdentifier: string,
  name: string,
  { lambdaArn, tools }: { lambdaArn: string; tools: (typeof targets)[number]["tools"] },
): Promise<string | undefined> {
  const { targetId } = await client.send(
    new CreateGatewayTargetCommand({
      gatewayIdentifier,
      name,
      targetConfiguration: { mcp: { lambda: { lambdaArn, toolSchema: { inlinePayload: tools } } } },
      credentialProviderConfigurations: [{ credentialProviderType: "GATEWAY_IAM_ROLE" }],
    }),
  );
  return targetId;
}
