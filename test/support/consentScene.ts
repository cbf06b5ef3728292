import { randomUUID } from "node:crypto";
import {
  type BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
} from "@aws-sdk/client-bedrock-agentcore";
import {
  CreateOauth2CredentialProviderCommand,
  CreateWorkloadIdentityCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { createCredentials } from "@gatehouse/core/identity/outbound/createCredentials.ts";
import type { TokenAnswer, TokenRequest, User } from "@gatehouse/core/identity/outbound/credentials.ts";
import { createKeyring } from "@gatehouse/core/identity/vault/keyring.ts";
import { dataKeyRepository } from "@gatehouse/core/storage/dataKeyRepository.ts";
import { identityRepository } from "@gatehouse/core/storage/identityRepository.ts";
import { rateLimitRepository } from "@gatehouse/core/storage/rateLimitRepository.ts";
import { signingKeyRepository } from "@gatehouse/core/storage/signingKeyRepository.ts";
import { vaultRepository } from "@gatehouse/core/storage/vaultRepository.ts";
import { tableName } from "@gatehouse/local/tables.ts";
import type { Page } from "playwright-core";
import { agentsClient } from "./agents.ts";
import { type ConsentIssuer, startConsentIssuer } from "./consentIssuer.ts";
import { startGatehouse, type TestGatehouse, type TestGateway } from "./gatehouse.ts";
import { serveWeb, type WebServer } from "./webServer.ts";

/** An agent's question to a user, as the agent has it. */
export interface Asked {
  readonly authorizationUrl: string;
  readonly sessionUri: string;
  readonly session: string;
}

/** A Gatehouse with an issuer that has users' calendars, a gateway, and an agent with an application. */
export interface ConsentScene extends AsyncDisposable {
  readonly gatehouse: TestGatehouse;
  readonly issuer: ConsentIssuer;
  readonly gateway: TestGateway;
  /** A workload identity whose return address is the application's. */
  readonly agent: string;
  readonly application: WebServer;
  /** Every address at which browsers came back to the application. */
  readonly returns: URL[];
  /** Completes a consent as the application does, for the user who is signed in there. */
  complete(sessionUri: string, subject: string): Promise<unknown>;
  /** A user of the gateway, as its issuer names them. */
  user(subject: string): User;
  /** Asks for a token as the agent does: with AWS's own client, or, where it is the gateway, in process. */
  token(agent: string, user: User, request?: Partial<TokenRequest>): Promise<TokenAnswer>;
  /** Has an agent ask for a user's calendar for the first time. */
  ask(agent: string, user: User): Promise<Asked>;
}

const provider = "calendar";
const flow = "USER_FEDERATION";
const scopes = ["openid", "calendar.read"];

/** Starts it. @param given a Gatehouse that was started with an address of its own; it ends with the scene. */
export async function startConsentScene(given?: TestGatehouse): Promise<ConsentScene> {
  const gatehouse = given ?? (await startGatehouse());
  const { url, control, host } = gatehouse;
  const callbacks: string[] = [];
  const issuer = await startConsentIssuer(() => callbacks);
  const created = await control.send(
    new CreateOauth2CredentialProviderCommand({
      name: provider,
      credentialProviderVendor: "CustomOauth2",
      oauth2ProviderConfigInput: {
        customOauth2ProviderConfig: {
          oauthDiscovery: { discoveryUrl: `${issuer.issuer}/.well-known/openid-configuration` },
          clientId: issuer.clientId,
          clientSecret: issuer.clientSecret,
        },
      },
    }),
  );
  callbacks.push(created.callbackUrl ?? "", `${url}/oauth/complete/callback`);

  const returns: URL[] = [];
  const application = await serveWeb(async (request) => {
    const address = new URL(request.url);
    if (address.pathname === "/consented") returns.push(address);
    return new Response("<!doctype html><title>The application</title><h1>Back again</h1>", {
      headers: { "content-type": "text/html" },
    });
  });
  const agent = `agent-${randomUUID().slice(0, 8)}`;
  const returnUrl = `${application.url}/consented`;
  await control.send(new CreateWorkloadIdentityCommand({ name: agent, allowedResourceOauth2ReturnUrls: [returnUrl] }));
  const gateway = await gatehouse.createGateway();
  await sendOwn(control, "PutGatewaySettings", {
    gatewayIdentifier: gateway.id,
    oauthClient: { clientId: "gatehouse" },
  });

  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const config = { client, table: tableName("config") };
  const kms = new KMSClient({});
  const keyId = host.environment.GATEHOUSE_KMS_KEY ?? "";
  const keyring = createKeyring({ kms, keyId, store: dataKeyRepository(config) });
  const { credentials } = createCredentials({
    providers: identityRepository(config),
    vault: vaultRepository({ client, table: tableName("vault") }),
    signingKeys: signingKeyRepository(config),
    keyring,
    rateLimits: rateLimitRepository({ client, table: tableName("aggregates") }),
    url,
    allowLoopback: true,
  });

  const agents = await agentsClient(gatehouse.host);
  const token = (name: string, user: User, request: Partial<TokenRequest> = {}) =>
    name === agent
      ? askDataPlane(agents, name, () => userToken(user), { returnUrl, ...request })
      : credentials.token({ provider, flow, scopes, agent: name, user, ...request });
  const userToken = (user: User) => gatehouse.token(gateway, user.kind === "token" ? user.subject : user.id);
  const user = (subject: string): User => ({ kind: "token", issuer: host.idp.issuer, subject });

  return {
    gatehouse,
    issuer,
    gateway,
    agent,
    application,
    returns,
    user,
    complete: async (sessionUri, subject) =>
      agents.send(
        new CompleteResourceTokenAuthCommand({
          sessionUri,
          userIdentifier: { userToken: await userToken(user(subject)) },
        }),
      ),
    token,
    async ask(name, user) {
      const answer = await token(name, user);
      if ("accessToken" in answer || answer.authorizationUrl === undefined) throw new Error("Nobody was to be asked.");
      const { authorizationUrl, sessionUri } = answer;
      return { authorizationUrl, sessionUri, session: new URL(authorizationUrl).searchParams.get("session") ?? "" };
    },
    async [Symbol.asyncDispose]() {
      agents.destroy();
      client.destroy();
      kms.destroy();
      await issuer.stop();
      await application.stop();
      await gatehouse[Symbol.asyncDispose]();
    },
  };
}

async function askDataPlane(
  agents: BedrockAgentCoreClient,
  workloadName: string,
  userToken: () => Promise<string>,
  { returnUrl, sessionUri }: Partial<TokenRequest>,
): Promise<TokenAnswer> {
  const { workloadAccessToken: workloadIdentityToken } = await agents.send(
    new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken: await userToken() }),
  );
  const answer = await agents.send(
    new GetResourceOauth2TokenCommand({
      ...{ workloadIdentityToken, resourceCredentialProviderName: provider, oauth2Flow: flow, scopes },
      ...{ resourceOauth2ReturnUrl: returnUrl, sessionUri },
    }),
  );
  const { accessToken, authorizationUrl = "", sessionUri: uri = "", sessionStatus = "IN_PROGRESS" } = answer;
  return accessToken === undefined ? { authorizationUrl, sessionUri: uri, sessionStatus } : { accessToken };
}

/** At the question: presses the button, which leads to the provider's issuer. */
export async function goOn(page: Page, { authorizationUrl }: Pick<Asked, "authorizationUrl">): Promise<void> {
  await page.goto(authorizationUrl);
  await page.getByRole("button", { name: /^Continue to/ }).click();
  await page.getByPlaceholder("Enter any login").waitFor();
}

/** At the provider's issuer: logs in to an account, and is asked there for consent. */
export async function logInAs(page: Page, account: string): Promise<void> {
  await page.getByPlaceholder("Enter any login").fill(account);
  await page.getByPlaceholder("and password").fill("whatever");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).waitFor();
}

/** At the provider's issuer: logs in to an account of the user, and says yes. */
export async function consentAs(page: Page, account: string): Promise<void> {
  await logInAs(page, account);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** At the gateway's issuer: says who it is. */
export async function signInAs(page: Page, user: string): Promise<void> {
  await page.getByLabel("Somebody else").fill(user);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The page's one heading, once it is the one. */
export async function headingOf(page: Page, heading: string | RegExp): Promise<void> {
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
}
