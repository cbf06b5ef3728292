import { createHash } from "node:crypto";
import type { OutboundFetch } from "../../outbound.ts";
import { dataKeyRepository } from "../../storage/dataKeyRepository.ts";
import { type FacadeRepository, facadeRepository } from "../../storage/facadeRepository.ts";
import { type RateLimitRepository, rateLimitRepository } from "../../storage/rateLimitRepository.ts";
import type { GatewayRecord } from "../../storage/records.ts";
import { startTestDatabase } from "../../storage/testing.ts";
import type { IdentityRequest } from "../http.ts";
import { createKeyring, type Keyring } from "../vault/keyring.ts";
import { startTestKms } from "../vault/testing.ts";
import { createFacadeRoutes } from "./facade.ts";
import { sealClientSecret } from "./oauthClient.ts";

/** The facade of one gateway for tests, on a real engine, at a time that the test says. */
export interface TestFacade extends AsyncDisposable {
  readonly keyring: Keyring;
  /** What administrators were told. */
  readonly failures: string[];
  now: Date;
  /** The issuer that the gateway trusts and that Gatehouse is a client of. */
  discoveryUrl: string;
  /** What the issuer's document says. */
  metadata: Record<string, unknown>;
  /** Stand before the table: a test can have them fail. */
  readonly store: { -readonly [Step in keyof FacadeRepository]: FacadeRepository[Step] };
  readonly rateLimits: { take: RateLimitRepository["take"] };
  ask(method: string, path: string, parts?: AskParts): Promise<Response>;
}

interface AskParts {
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly sourceIp?: string;
}

export const issuerAddress = "https://issuer.example";
export const facadePath = "/oauth/facade/gateway-1";
export const verifier = "v".repeat(43);

export async function startTestFacade({
  url = "https://gatehouse.example",
  fetch,
}: {
  url?: string;
  fetch?: OutboundFetch;
} = {}): Promise<TestFacade> {
  const [database, kms] = await Promise.all([startTestDatabase(), startTestKms()]);
  const config = { client: database.client, table: database.tables.config };
  const keyring = createKeyring({ kms: kms.client, keyId: kms.keyId, store: dataKeyRepository(config) });
  const sealedClientSecret = await sealClientSecret(keyring, "gateway-1", "the-client-secret");
  const gatewayAt = (discoveryUrl: string): GatewayRecord => ({
    gatewayId: "gateway-1",
    gatewayArn: "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/gateway-1",
    name: "Orders",
    roleArn: "arn:aws:iam::123456789012:role/gatehouse",
    authorizerType: "CUSTOM_JWT",
    authorizerConfiguration: { customJWTAuthorizer: { discoveryUrl, allowedAudience: ["any"] } },
    settings: {
      oauthClient: {
        clientId: "gatehouse",
        sealedClientSecret,
        scopes: ["tools"],
        discoveryUrl,
      },
    },
    status: "READY",
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    version: 1,
  });
  const store = { ...facadeRepository({ client: database.client, table: database.tables.vault }) };
  const rateLimits = { ...rateLimitRepository({ client: database.client, table: database.tables.aggregates }) };
  const facade: TestFacade = {
    keyring,
    failures: [],
    now: new Date("2026-01-01T00:00:00.000Z"),
    discoveryUrl: `${issuerAddress}/.well-known/openid-configuration`,
    metadata: {
      issuer: issuerAddress,
      authorization_endpoint: `${issuerAddress}/authorize`,
      token_endpoint: `${issuerAddress}/token`,
    },
    store,
    rateLimits,
    async ask(method, path, { query = {}, headers = {}, body = "", sourceIp = "192.0.2.1" } = {}) {
      const request: IdentityRequest = {
        method,
        path,
        signedPath: path,
        query: new URLSearchParams(query),
        headers: new Headers(headers),
        body,
        sourceIp,
        requestId: "request-1",
      };
      return (await routes(request)) ?? new Response(null, { status: 404 });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([database.stop(), kms.stop()]);
    },
  };
  const routes = createFacadeRoutes({
    gateways: { getGateway: async (id) => (id === "gateway-1" ? gatewayAt(facade.discoveryUrl) : undefined) },
    issuers: {
      find: async () => ({
        issuer: issuerAddress,
        metadata: facade.metadata,
        keys: async () => Promise.reject(new Error("No token is verified here.")),
      }),
    },
    verifier: {
      verify: async () => ({ ok: true, principal: { type: "AgentCore::OAuthUser", id: "user", tags: {} } }),
    },
    keyring,
    store,
    rateLimits,
    url,
    allowLoopback: false,
    now: () => facade.now,
    onFailure: (reason) => facade.failures.push(reason),
    ...(fetch === undefined ? {} : { fetch }),
  });
  return facade;
}

/** An authorization request in order. */
export function authorizationQuery(clientId: string): Record<string, string> {
  return {
    response_type: "code",
    client_id: clientId,
    redirect_uri: "https://desk.example/callback",
    state: "s",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  };
}

export async function register(facade: TestFacade, sourceIp?: string): Promise<Response> {
  return facade.ask("POST", `${facadePath}/register`, {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ redirect_uris: ["https://desk.example/callback"], client_name: "Desk" }),
    ...(sourceIp === undefined ? {} : { sourceIp }),
  });
}

/** The page on which a user of a client that has registered itself is asked. */
export async function consentOf(facade: TestFacade) {
  const { client_id: clientId } = (await (await register(facade)).json()) as { client_id: string };
  const page = await facade.ask("GET", `${facadePath}/authorize`, { query: authorizationQuery(clientId) });
  const [, ticket = ""] = /name="ticket" value="([^"]+)"/.exec(await page.text()) ?? [];
  return { clientId, ticket, cookie: cookieIn(page), setCookie: page.headers.get("set-cookie") ?? "" };
}

/** Allows what that page asks. */
export function allowed(facade: TestFacade, { ticket, cookie }: { ticket: string; cookie: string }): Promise<Response> {
  return facade.ask("POST", `${facadePath}/authorize`, {
    headers: { cookie, origin: "https://gatehouse.example", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ ticket, decision: "allow" }).toString(),
  });
}

export function cookieIn(response: Response): string {
  return (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
}
