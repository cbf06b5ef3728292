import {
  CreateApiKeyCredentialProviderCommand,
  CreateGatewayTargetCommand,
  CreateOauth2CredentialProviderCommand,
  type CredentialProviderConfiguration,
  GetGatewayTargetCommand,
  type Oauth2ProviderConfigInput,
  type TargetConfiguration,
  UpdateOauth2CredentialProviderCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { type Received, startServer, type TestServer } from "@gatehouse/core/gateway/targets/http/testing.ts";
import { userContextType } from "@gatehouse/core/gateway/targets/lambda/userContext.ts";
import type { createCredentials } from "@gatehouse/core/identity/outbound/createCredentials.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { tableName } from "@gatehouse/local/tables.ts";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type AuthorizationServer,
  everyGrant,
  signIn,
  startAuthorizationServer,
} from "../support/authorizationServer.ts";
import { answerAt } from "../support/consent.ts";
import { startFeatureUpstream, upstreamResources } from "../support/featureUpstream.ts";
import type { TestGatehouse, TestGateway } from "../support/gatehouse.ts";
import { connectClient, post, textOf, toolsCall } from "../support/mcp.ts";
import { captureOutput } from "../support/output.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { serveWeb, type WebServer } from "../support/webServer.ts";

const apiKey = "key-that-nobody-sees-0123456789";
const clientSecret = "secret-that-nobody-sees-0123456789";

let gatehouse: TestGatehouse;
let gateway: TestGateway;
let issuer: AuthorizationServer;
/** An MCP server that lets in whoever has a token of the issuer, and keeps what tokens it has seen. */
let upstream: Upstream;
let guarded: WebServer;
let api: TestServer;
/** The consents and the key of the same deployment, as its identity function has them. */
let identity: ReturnType<typeof createCredentials>;
const seen: string[] = [];
const patience = { timeout: 30_000, interval: 100 };
let refusing: ((token: string) => boolean) | undefined;
const output = captureOutput();

beforeAll(async () => {
  const { startGatehouse } = await import("../support/gatehouse.ts");
  gatehouse = await startGatehouse({ lambdas: [`${import.meta.dirname}/../fixtures/functions`] });
  gateway = await gatehouse.createGateway();
  identity = await identityOf(gatehouse);
  const { control, host } = gatehouse;

  // The issuer must know the provider's callback, and the provider the issuer: the provider is there first.
  const settings = (discoveryUrl: string): { oauth2ProviderConfigInput: Oauth2ProviderConfigInput } => ({
    oauth2ProviderConfigInput: {
      customOauth2ProviderConfig: {
        oauthDiscovery: { discoveryUrl },
        clientId: "gatehouse",
        clientSecret,
        onBehalfOfTokenExchangeConfig: { grantType: "TOKEN_EXCHANGE" },
      },
    },
  });
  const name = "issuer";
  const credentialProviderVendor = "CustomOauth2";
  const { callbackUrl = "" } = await control.send(
    new CreateOauth2CredentialProviderCommand({
      name,
      credentialProviderVendor,
      ...settings(`${host.idp.issuer}/.well-known/openid-configuration`),
    }),
  );
  issuer = await startAuthorizationServer({
    clients: [
      { client_id: "gatehouse", client_secret: clientSecret, grant_types: everyGrant, redirect_uris: [callbackUrl] },
    ],
    trusted: { [host.idp.issuer]: new URL(await jwksOf(host.idp.issuer)) },
  });
  await control.send(
    new UpdateOauth2CredentialProviderCommand({ name, credentialProviderVendor, ...settings(issuer.discoveryUrl) }),
  );
  await control.send(new CreateApiKeyCredentialProviderCommand({ name: "keys", apiKey }));

  upstream = await startUpstream();
  const keys = createRemoteJWKSet(new URL(await jwksOf(issuer.issuer)));
  guarded = await serveWeb(async (request) => {
    const token = /^Bearer (.*)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
    const valid = await jwtVerify(token, keys, { issuer: issuer.issuer }).catch(() => undefined);
    if (valid === undefined || refusing?.(token)) return new Response(null, { status: 401 });
    seen.push(token);
    const { method, headers } = request;
    const body = method === "POST" ? { body: await request.text() } : {};
    headers.delete("host");
    headers.delete("connection");
    headers.delete("content-length");
    return fetch(upstream.endpoint, { method, headers, ...body });
  });
  api = await startServer((request, _, response) =>
    request.headers["x-api-key"] === apiKey
      ? response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ path: request.path }))
      : response.writeHead(401).end(),
  );
});
afterAll(async () => {
  output.release();
  await gatehouse?.[Symbol.asyncDispose]();
  await Promise.all([issuer?.stop(), guarded?.stop(), upstream?.stop(), api?.[Symbol.asyncDispose]()]);
});
beforeEach(() => {
  seen.length = 0;
  refusing = undefined;
});

async function identityOf({ url }: TestGatehouse): Promise<typeof identity> {
  const [
    { createCredentials },
    { createKeyring },
    { dataKeyRepository },
    { identityRepository },
    { vaultRepository },
    { signingKeyRepository },
    { rateLimitRepository },
  ] = await Promise.all([
    import("@gatehouse/core/identity/outbound/createCredentials.ts"),
    import("@gatehouse/core/identity/vault/keyring.ts"),
    import("@gatehouse/core/storage/dataKeyRepository.ts"),
    import("@gatehouse/core/storage/identityRepository.ts"),
    import("@gatehouse/core/storage/vaultRepository.ts"),
    import("@gatehouse/core/storage/signingKeyRepository.ts"),
    import("@gatehouse/core/storage/rateLimitRepository.ts"),
  ]);
  const { documentClient, kms } = await import("@gatehouse/functions/aws.ts");
  const { keyAlias } = await import("@gatehouse/local/aws/kms.ts");
  const configTable = { client: documentClient, table: tableName("config") };
  return createCredentials({
    providers: identityRepository(configTable),
    vault: vaultRepository({ client: documentClient, table: tableName("vault") }),
    signingKeys: signingKeyRepository(configTable),
    keyring: createKeyring({ kms, keyId: keyAlias, store: dataKeyRepository(configTable) }),
    rateLimits: rateLimitRepository({ client: documentClient, table: tableName("aggregates") }),
    url,
    allowLoopback: true,
  });
}

async function jwksOf(issuer: string): Promise<string> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  return ((await response.json()) as { jwks_uri: string }).jwks_uri;
}

const arn = (kind: string, name: string) =>
  `arn:aws:bedrock-agentcore:${gatehouse.host.region}:000000000000:token-vault/default/${kind}/${name}`;

async function addTarget(
  name: string,
  mcp: TargetConfiguration["mcp"],
  configuration: CredentialProviderConfiguration,
): Promise<void> {
  const { targetId } = await gatehouse.control.send(
    new CreateGatewayTargetCommand({
      gatewayIdentifier: gateway.id,
      name,
      targetConfiguration: { mcp } as TargetConfiguration,
      credentialProviderConfigurations: [configuration],
    }),
  );
  await gatehouse.host.idle();
  const target = await gatehouse.control.send(new GetGatewayTargetCommand({ gatewayIdentifier: gateway.id, targetId }));
  expect([target.status, target.statusReasons]).toEqual(["READY", []]);
  // A gateway that is in use sees it within a second.
  const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
  await vi.waitFor(async () => {
    const { body } = await post(gateway.url, { jsonrpc: "2.0", id: 1, method: "tools/list" }, headers);
    expect(JSON.stringify(body)).toContain(`${name}___`);
  }, patience);
}

type OAuth = NonNullable<NonNullable<CredentialProviderConfiguration["credentialProvider"]>["oauthCredentialProvider"]>;
const oauth = (more: Partial<OAuth> = {}): CredentialProviderConfiguration => ({
  credentialProviderType: "OAUTH",
  credentialProvider: {
    oauthCredentialProvider: { providerArn: arn("oauth2credentialprovider", "issuer"), scopes: ["read"], ...more },
  },
});
const tools = [{ name: "echo", description: "Gives back", inputSchema: { type: "object" } }];
/** Tools that nobody is asked for: only users could. */
const described = () => ({
  mcpServer: { endpoint: `${guarded.url}/mcp`, mcpToolSchema: { inlinePayload: JSON.stringify({ tools }) } },
});

/** Does what a user does in a browser, who is somebody at the issuer too. */
async function consent(authorizationUrl: string, user: string, at = user): Promise<void> {
  const sessionUri = `urn:gatehouse:session:${new URL(authorizationUrl).searchParams.get("session")}`;
  const answered = await signIn(await identity.consents.begin(sessionUri), at);
  await identity.consents.callback(...answerAt(answered));
  await identity.consents.complete(sessionUri, { kind: "token", issuer: gatehouse.host.idp.issuer, subject: user });
}

/** Connects a client of 2026-07-28 that opens addresses when its user is asked to. */
async function openingClient(user: string, open: (url: string) => Promise<"accept" | "decline">): Promise<Client> {
  const capabilities = { elicitation: { url: {} } };
  const versionNegotiation = { mode: { pin: "2026-07-28" } };
  const client = new Client({ name: "test-agent", version: "1.0.0" }, { capabilities, versionNegotiation });
  client.setRequestHandler("elicitation/create", async ({ params }) => ({
    action: params.mode === "url" ? await open(params.url) : "decline",
  }));
  const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, user)}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url), { requestInit: { headers } }));
  return client;
}

const subjects = () => new Set(seen.map((token) => decodeJwt(token).sub));

test("an HTTP API is called with an API key", async () => {
  const openapi = {
    openapi: "3.0.0",
    info: { title: "Orders", version: "1" },
    servers: [{ url: api.url }],
    paths: {
      "/orders": {
        get: {
          operationId: "list",
          parameters: [{ name: "X-Api-Key", in: "header", schema: { type: "string" } }],
          responses: { 200: { description: "Orders" } },
        },
      },
    },
  };
  await addTarget(
    "Api",
    { openApiSchema: { inlinePayload: JSON.stringify(openapi) } },
    {
      credentialProviderType: "API_KEY",
      credentialProvider: {
        apiKeyCredentialProvider: {
          providerArn: arn("apikeycredentialprovider", "keys"),
          credentialParameterName: "X-API-Key",
        },
      },
    },
  );
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
  const result = await client.callTool({ name: "Api___list", arguments: { "X-Api-Key": "of the agent" } });
  expect([textOf(result), result.isError]).toEqual(['{"path":"/orders"}', undefined]);
  await client.close();
});

describe("an MCP server that lets in who has a token", () => {
  test("lists its tools for the gateway's own token, and is called with it", async () => {
    await addTarget("Machine", { mcpServer: { endpoint: `${guarded.url}/mcp` } }, oauth());
    expect(seen.length).toBeGreaterThan(0);
    const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
    const result = await client.callTool({ name: "Machine___echo", arguments: { text: "hi" } });
    expect(textOf(result)).toBe('{"text":"hi"}');
    expect(new Set(seen).size).toBeLessThanOrEqual(2);
    expect(issuer.grants.filter((grant) => grant === "client_credentials").length).toBeLessThanOrEqual(2);
    await client.close();
  });

  test("and refuses one that it has taken before, gets another", async () => {
    const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
    await client.callTool({ name: "Machine___echo", arguments: {} });
    const revoked = seen.at(-1);
    refusing = (token) => token === revoked;
    const result = await client.callTool({ name: "Machine___echo", arguments: { text: "again" } });
    expect(textOf(result)).toBe('{"text":"again"}');
    expect(seen.at(-1)).not.toBe(revoked);
    await client.close();
  });

  test("gets, by an exchange, a token of the same user for itself", async () => {
    await addTarget("Exchanged", described(), oauth({ grantType: "TOKEN_EXCHANGE" }));
    const users = ["alice", "bob"];
    const clients = await Promise.all(
      users.map(async (user) => connectClient(gateway.url, await gatehouse.token(gateway, user))),
    );
    for (const [index, client] of clients.entries()) {
      seen.length = 0;
      const result = await client.callTool({ name: "Exchanged___echo", arguments: {} });
      expect(result.isError).toBeFalsy();
      expect(subjects()).toEqual(new Set([users[index]]));
      await client.close();
    }
  });
});

describe("a target that acts for its users, with their consent", () => {
  beforeAll(() => addTarget("Personal", described(), oauth({ grantType: "AUTHORIZATION_CODE", scopes: ["openid"] })));

  test("is called within the very call that has asked for the consent, by a client that opens addresses", async () => {
    const opened: string[] = [];
    const client = await openingClient("alice", async (url) => {
      opened.push(url);
      await consent(url, "alice");
      return "accept";
    });
    const result = await client.callTool({ name: "Personal___echo", arguments: { text: "mine" } });
    expect(textOf(result)).toBe('{"text":"mine"}');
    expect(subjects()).toEqual(new Set(["alice"]));
    await client.callTool({ name: "Personal___echo", arguments: {} });
    expect(opened).toHaveLength(1);
    await client.close();
  });

  test("T04 has to be consented to by each user", async () => {
    const client = await openingClient("bob", async () => "decline");
    const result = await client.callTool({ name: "Personal___echo", arguments: {} });
    expect(result).toMatchObject({ isError: true });
    expect(textOf(result)).toBe("The user does not want the target Personal to act for them. It was not called.");
    expect(seen).toEqual([]);
    await client.close();
  });

  test("tells an agent of an older version where its user consents, and works then", async () => {
    const client = await connectClient(gateway.url, await gatehouse.token(gateway, "carol"), "legacy");
    const refused = await client.callTool({ name: "Personal___echo", arguments: {} });
    expect(refused.isError).toBe(true);
    const url = /https?:\/\/\S+/.exec(textOf(refused))?.[0] ?? "";
    expect(refused._meta?.["gatehouse/consent"]).toMatchObject({ url });
    await consent(url, "carol");
    const result = await client.callTool({ name: "Personal___echo", arguments: { text: "now" } });
    expect(textOf(result)).toBe('{"text":"now"}');
    expect(subjects()).toEqual(new Set(["carol"]));
    await client.close();
  });

  test("T20 is not called for somebody whose consent somebody else has given", async () => {
    const client = await connectClient(gateway.url, await gatehouse.token(gateway, "dave"), "legacy");
    const refused = await client.callTool({ name: "Personal___echo", arguments: {} });
    const url = /https?:\/\/\S+/.exec(textOf(refused))?.[0] ?? "";
    const consenting = consent(url, "mallory");
    await expect(consenting).rejects.toMatchObject({ code: "validation" });
    const again = await client.callTool({ name: "Personal___echo", arguments: {} });
    expect([again.isError, seen]).toEqual([true, []]);
    await client.close();
  });

  test("gives clients of 2025-11-25 the error for it where the gateway's settings say that they know it", async () => {
    const repository = configRepository({
      client: (await import("@gatehouse/functions/aws.ts")).documentClient,
      table: tableName("config"),
    });
    const record = await repository.getGateway(gateway.id);
    if (record === undefined) throw new Error("The gateway is gone.");
    const updatedAt = new Date().toISOString();
    await repository.updateGateway(record, { ...record, updatedAt, settings: { urlElicitation: "ASSUMED" } });
    const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, "erin")}` };
    await vi.waitFor(async () => {
      const { body } = await post(gateway.url, toolsCall("Personal___echo", {}), headers);
      expect(body?.error).toMatchObject({
        code: -32_042,
        data: { elicitations: [{ mode: "url", url: expect.stringContaining("/oauth/consent?session=") }] },
      });
    }, patience);
  });
});

test("a target whose credentials can't be had is not called, and the agent hears of it", async () => {
  await addTarget("Refused", described(), oauth({ scopes: ["write"] }));
  issuer.answerWith(() => Response.json({ error: "invalid_client" }, { status: 401 }));
  const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
  const { body } = await post(gateway.url, toolsCall("Refused___echo", {}), headers);
  issuer.answerWith(undefined);
  expect(body?.result).toMatchObject({
    isError: true,
    content: [{ text: "The credentials for the target Refused can't be had. It was not called." }],
    _meta: { "gatehouse/error": { code: "targetCredentialFailed", retryable: true } },
  });
  expect(seen).toEqual([]);
});

test("a Lambda function learns for whom it is called, in words that it can verify", async () => {
  await gatehouse.addTarget(gateway, "Local", {
    lambda: {
      lambdaArn: "arn:aws:lambda:us-east-1:000000000000:function:greet",
      toolSchema: { inlinePayload: [{ name: "greet", description: "Greets", inputSchema: { type: "object" } }] },
    },
  });
  const { documentClient } = await import("@gatehouse/functions/aws.ts");
  const repository = configRepository({ client: documentClient, table: tableName("config") });
  const record = await repository.getGateway(gateway.id);
  if (record === undefined) throw new Error("The gateway is gone.");
  const targetSettings = [{ target: "Local", userContext: true }];
  await repository.updateGateway(record, {
    ...record,
    updatedAt: new Date().toISOString(),
    settings: { targetSettings },
  });
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
  const context = await vi.waitFor(async () => {
    const result = await client.callTool({ name: "Local___greet", arguments: {} });
    const { gatehouseUserContext } = JSON.parse(textOf(result)).custom;
    expect(gatehouseUserContext).toEqual(expect.any(String));
    return gatehouseUserContext;
  }, patience);
  const { payload } = await jwtVerify(context, createLocalJWKSet(await identity.deploymentKey.jwks()), {
    issuer: gatehouse.url,
    audience: "arn:aws:lambda:us-east-1:000000000000:function:greet",
    typ: userContextType,
  });
  expect(payload).toMatchObject({
    sub: "alice",
    sub_iss: gatehouse.host.idp.issuer,
    act: { sub: "agent" },
    gateway: gateway.arn,
    tool: "Local___greet",
  });
  await client.close();
});

test("a resource of a target that acts for its users is an error that has the address", async () => {
  const docs = await startFeatureUpstream();
  const targetId = await gatehouse.addTarget(gateway, "Docs", { mcpServer: { endpoint: docs.endpoint } });
  const { documentClient } = await import("@gatehouse/functions/aws.ts");
  const repository = configRepository({ client: documentClient, table: tableName("config") });
  const target = await repository.getTarget(gateway.id, targetId);
  if (target === undefined) throw new Error("The target is gone.");
  const credentialProviderConfigurations = [oauth({ grantType: "AUTHORIZATION_CODE" })];
  const updatedAt = new Date().toISOString();
  await repository.updateTarget(target, { ...target, credentialProviderConfigurations, updatedAt });
  const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
  const params = { uri: `gatehouse:Docs/${upstreamResources[0]?.uri}` };
  await vi.waitFor(async () => {
    const { body } = await post(gateway.url, { jsonrpc: "2.0", id: 1, method: "resources/read", params }, headers);
    expect(body?.error).toMatchObject({
      code: -32_000,
      message: expect.stringMatching(
        /^Resource: the target acts for the user, .* Open http\S+\/oauth\/consent\?session=\S+, and ask again\.$/,
      ),
      data: { "gatehouse/consent": { url: expect.any(String), sessionUri: expect.any(String) } },
    });
  }, patience);
  await docs.stop();
});

test("T18 no key, secret or token is in logs, decisions or what the control plane answers", async () => {
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
  await client.callTool({ name: "Machine___echo", arguments: {} });
  await client.callTool({ name: "Api___list", arguments: {} });
  await client.close();
  const decisions = JSON.stringify(await gatehouse.decisions(gateway));
  expect(decisions).toContain("Machine___echo");
  expect(seen.length).toBeGreaterThan(0);
  for (const secret of [apiKey, clientSecret, ...seen]) {
    expect(output.text()).not.toContain(secret);
    expect(decisions).not.toContain(secret);
  }
});

test("T01 the caller's own token has reached no target", () => {
  const received: readonly Received[] = api.received;
  expect(received.length).toBeGreaterThan(0);
  expect(upstream.calls.length).toBeGreaterThan(0);
  for (const { headers } of upstream.calls) {
    const token = headers.get("authorization")?.split(" ")[1] ?? "";
    expect(decodeJwt(token).iss).toBe(issuer.issuer);
  }
  for (const { headers } of received) expect(headers.authorization).toBeUndefined();
});
