import {
  CreateGatewayCommand,
  CreateGatewayTargetCommand,
  type CredentialProviderConfiguration,
  GetGatewayTargetCommand,
  type TargetConfiguration,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatehouseError } from "../errors.ts";
import { identityRepository } from "../storage/identityRepository.ts";
import { startTestControlPlane, type TestControlPlane } from "./testing.ts";

const vault = "arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default";
const keys = `${vault}/apikeycredentialprovider/keys`;
const issuer = `${vault}/oauth2credentialprovider/issuer`;
const exchanging = `${vault}/oauth2credentialprovider/exchanging`;
const time = "2026-11-26T10:00:00.000Z";

let control: TestControlPlane;
let gatewayIdentifier: string;
/** Operations and what they may not be carried out on. */
const denied = new Set<string>();
beforeAll(async () => {
  control = await startTestControlPlane({
    async authorizeOn(_, operation, arn) {
      if (denied.has(`${operation} ${arn}`)) throw new GatehouseError("accessDenied", `${operation} is not allowed.`);
    },
  });
  const { client, database } = control;
  const { apiKeyProviders, oauth2Providers } = identityRepository({
    client: database.client,
    table: database.tables.config,
  });
  const times = { createdAt: time, updatedAt: time };
  await apiKeyProviders.create({ name: "keys", credentialProviderArn: keys, sealedApiKey: "sealed", ...times });
  const oauth2 = {
    ...times,
    credentialProviderVendor: "CustomOauth2",
    callbackId: "callback",
    oauthDiscovery: { discoveryUrl: "https://idp.example.com/.well-known/openid-configuration" },
    clientAuthenticationMethod: "CLIENT_SECRET_BASIC",
  } as const;
  await oauth2Providers.create({ ...oauth2, name: "issuer", credentialProviderArn: issuer });
  await oauth2Providers.create({
    ...oauth2,
    name: "exchanging",
    credentialProviderArn: exchanging,
    onBehalfOfTokenExchangeConfig: { grantType: "TOKEN_EXCHANGE" },
  });
  const created = await client.send(
    new CreateGatewayCommand({
      name: "credentials",
      roleArn: "arn:aws:iam::123456789012:role/gatehouse",
      authorizerType: "CUSTOM_JWT",
      protocolType: "MCP",
      authorizerConfiguration: {
        customJWTAuthorizer: {
          discoveryUrl: "https://idp.example.com/.well-known/openid-configuration",
          allowedAudience: ["gatehouse"],
        },
      },
    }),
  );
  gatewayIdentifier = created.gatewayId ?? "";
});
afterAll(() => control.stop());

type Kind = keyof typeof targets;
const targets = {
  mcpServer: { mcpServer: { endpoint: "https://mcp.example.com/mcp" } },
  openApiSchema: { openApiSchema: { inlinePayload: "{}" } },
  smithyModel: { smithyModel: { inlinePayload: "{}" } },
  apiGateway: {
    apiGateway: {
      restApiId: "abc123",
      stage: "prod",
      apiGatewayToolConfiguration: { toolFilters: [{ filterPath: "/a", methods: ["GET"] }] },
    },
  },
  lambda: {
    lambda: {
      lambdaArn: "arn:aws:lambda:us-east-1:123456789012:function:f",
      toolSchema: { inlinePayload: [{ name: "f", description: "f", inputSchema: { type: "object" } }] },
    },
  },
} as const;

let count = 0;
async function create(kind: Kind, configuration?: CredentialProviderConfiguration) {
  const { targetId } = await control.client.send(
    new CreateGatewayTargetCommand({
      gatewayIdentifier,
      name: `t${count++}`,
      targetConfiguration: { mcp: targets[kind] } as unknown as TargetConfiguration, // Lists that nobody writes to.
      ...(configuration === undefined ? {} : { credentialProviderConfigurations: [configuration] }),
    }),
  );
  const target = await control.client.send(new GetGatewayTargetCommand({ gatewayIdentifier, targetId }));
  return target.credentialProviderConfigurations;
}

type Provider = NonNullable<CredentialProviderConfiguration["credentialProvider"]>;
const apiKey = (more: Partial<Provider["apiKeyCredentialProvider"]> = {}): CredentialProviderConfiguration => ({
  credentialProviderType: "API_KEY",
  credentialProvider: { apiKeyCredentialProvider: { providerArn: keys, ...more } },
});
const oauth = (more: Partial<Provider["oauthCredentialProvider"]> = {}): CredentialProviderConfiguration => ({
  credentialProviderType: "OAUTH",
  credentialProvider: { oauthCredentialProvider: { providerArn: issuer, scopes: ["read"], ...more } },
});
const role: CredentialProviderConfiguration = { credentialProviderType: "GATEWAY_IAM_ROLE" };
const roleFor: CredentialProviderConfiguration = {
  ...role,
  credentialProvider: { iamCredentialProvider: { service: "bedrock-agentcore" } },
};

// AgentCore, "Set up outbound authorization for your gateway": what each kind of target can be called with.
const configurations: Record<string, CredentialProviderConfiguration | undefined> = {
  none: undefined,
  role,
  roleFor,
  clientCredentials: oauth(),
  authorizationCode: oauth({ grantType: "AUTHORIZATION_CODE", defaultReturnUrl: "https://app.example.com/done" }),
  tokenExchange: oauth({ grantType: "TOKEN_EXCHANGE", providerArn: exchanging }),
  apiKey: apiKey(),
  callerIam: { credentialProviderType: "CALLER_IAM_CREDENTIALS" },
  passthrough: { credentialProviderType: "JWT_PASSTHROUGH" },
};
const possible: Record<Kind, readonly string[]> = {
  mcpServer: ["none", "roleFor", "clientCredentials", "authorizationCode", "tokenExchange", "apiKey"],
  openApiSchema: ["none", "roleFor", "clientCredentials", "authorizationCode", "tokenExchange", "apiKey"],
  smithyModel: ["none", "role", "clientCredentials"],
  apiGateway: ["none", "role", "roleFor", "apiKey"],
  lambda: ["none", "role"],
};
const everything = (Object.keys(targets) as Kind[]).flatMap((kind) =>
  Object.keys(configurations).map((name) => [kind, name, possible[kind].includes(name)] as const),
);

test.each(everything)(
  "a target of the kind %s with the credentials %s: possible %s",
  async (kind, name, isPossible) => {
    const created = create(kind, configurations[name]);
    if (!isPossible) return expect(created).rejects.toMatchObject({ name: "ValidationException" });
    const stored = await created;
    const wanted = configurations[name];
    if (wanted?.credentialProvider !== undefined) expect(stored).toMatchObject([wanted]);
  },
);

describe("credentials that can't be", () => {
  test.each<[string, CredentialProviderConfiguration, string]>([
    ["a provider that isn't there", apiKey({ providerArn: `${keys}-no` }), "names a provider that isn't there"],
    [
      "a provider of another account",
      apiKey({ providerArn: keys.replace("123456789012", "999999999999") }),
      "names a provider that isn't there",
    ],
    ["a provider of the other kind", apiKey({ providerArn: issuer }), "must be the ARN of a credential provider"],
    ["an ARN of something else", oauth({ providerArn: "arn:aws:s3:::bucket" }), "must be the ARN"],
    [
      "an exchange by a provider that exchanges nothing",
      oauth({ grantType: "TOKEN_EXCHANGE" }),
      "the provider issuer has no onBehalfOfTokenExchangeConfig",
    ],
    ["no provider at all", { credentialProviderType: "API_KEY" }, "must be an apiKeyCredentialProvider"],
    ["a provider of the other type", { ...oauth(), credentialProviderType: "API_KEY" }, "must be an apiKey"],
    ["a header that frames the request", apiKey({ credentialParameterName: "Content-Length" }), "must be a header for"],
    ["a header of the protocol", apiKey({ credentialParameterName: "Mcp-Session-Id" }), "must be a header for"],
    ["a header of the trace", apiKey({ credentialParameterName: "traceparent" }), "must be a header for"],
    ["no header's name", apiKey({ credentialParameterName: "X Key" }), "must be the name of a header"],
    ["a prefix that ends the line", apiKey({ credentialPrefix: "a\r\nHost: b" }), "must be printable ASCII"],
    ["a parameter without a name", apiKey({ credentialLocation: "QUERY_PARAMETER" }), "must name the parameter"],
    ["T20 a script as the return address", consenting("javascript:alert(1)"), "must use https"],
    ["T20 http elsewhere as the return address", consenting("http://app.example.com/"), "must use https"],
    [
      "a return address without a consent",
      oauth({ defaultReturnUrl: "https://app.example.com" }),
      "AUTHORIZATION_CODE",
    ],
    ["two scopes in one", oauth({ scopes: ["read write"] }), "must be one scope"],
    ["a state of somebody's own", oauth({ customParameters: { state: "x" } }), "can't have state"],
    ["another redirect", oauth({ customParameters: { redirect_uri: "https://x" } }), "can't have redirect_uri"],
    ["the caller's own signature", { credentialProviderType: "CALLER_IAM_CREDENTIALS" }, "a caller's signature"],
    [
      "T01 the caller's own token",
      { credentialProviderType: "JWT_PASSTHROUGH" },
      "a caller's token is for the gateway",
    ],
  ])("%s", async (_, configuration, message) => {
    const created = create("openApiSchema", configuration);
    await expect(created).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining(message),
    });
  });
});

test.each([
  ["GetResourceApiKey", keys, apiKey()],
  ["GetResourceOauth2Token", issuer, oauth()],
])(
  "a target sends a secret where its administrator says, who needs the right to have it (%s)",
  async (operation, arn, configuration) => {
    denied.add(`${operation} ${arn}`);
    try {
      await expect(create("openApiSchema", configuration)).rejects.toMatchObject({ name: "AccessDeniedException" });
    } finally {
      denied.clear();
    }
  },
);

function consenting(defaultReturnUrl: string): CredentialProviderConfiguration {
  return oauth({ grantType: "AUTHORIZATION_CODE", defaultReturnUrl });
}
