import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { BedrockAgentCoreClient } from "@aws-sdk/client-bedrock-agentcore";
import { type JWTPayload, SignJWT } from "jose";
import { OAuth2Server } from "oauth2-mock-server";
import { createAdministration } from "../../control/administration/administration.ts";
import { sealSecret } from "../../control/administration/newKey.ts";
import { workloadIdentityArn } from "../../control/identity/arns.ts";
import { GatehouseError } from "../../errors.ts";
import type { CredentialRequested } from "../../observability/events.ts";
import { createPublisher } from "../../observability/publisher.ts";
import { sweepOutbox } from "../../observability/sweep.ts";
import { createTestBus } from "../../observability/testing.ts";
import { administrationRepository } from "../../storage/administrationRepository.ts";
import { dataKeyRepository } from "../../storage/dataKeyRepository.ts";
import type { WorkloadIdentityRecord } from "../../storage/identityRecords.ts";
import { type IdentityRepository, identityRepository } from "../../storage/identityRepository.ts";
import { outboxRepository } from "../../storage/outboxRepository.ts";
import { startTestDatabase, type TestDatabase } from "../../storage/testing.ts";
import { boundConsents } from "../consent/boundConsents.ts";
import { createIssuers } from "../issuer.ts";
import { createJwtVerifier } from "../jwt.ts";
import type { ConsentDescription, TokenAnswer, TokenRequest, User } from "../outbound/credentials.ts";
import { createKeyring, type Keyring } from "../vault/keyring.ts";
import { startTestKms } from "../vault/testing.ts";
import { createDataPlaneRoutes } from "./routes.ts";
import { createUserTokens } from "./userTokens.ts";
import { createWorkloadAccessTokens } from "./workloadAccessTokens.ts";

export const location = { region: "us-east-1", accountId: "123456789012" };

/** What the engine behind the data plane is asked, and what it answers: what it does is tested where it is. */
export interface TestEngine {
  readonly tokenRequests: TokenRequest[];
  readonly completed: { readonly sessionUri: string; readonly user: User }[];
  apiKeys: Map<string, string>;
  /** Answers requests for tokens. */
  answer(request: TokenRequest): Promise<TokenAnswer>;
  consents: Map<string, ConsentDescription>;
  /** The consents that were looked up. */
  readonly described: string[];
}

/** A data plane of its own for tests, on loopback, with an issuer, a real engine of tables and the real administration. */
export interface TestDataPlane {
  readonly url: string;
  readonly identities: IdentityRepository;
  readonly keyring: Keyring;
  readonly database: TestDatabase;
  readonly engine: TestEngine;
  readonly discoveryUrl: string;
  /** What `now` is for the data plane, until it is set to something else. */
  time: Date | undefined;
  /** What was reported, of either kind. */
  readonly refusals: GatehouseError[];
  readonly errors: unknown[];
  /** What the bus was told, in order. */
  readonly events: readonly CredentialRequested[];
  /** Whether the bus, and the outbox, refuse what they are given. */
  readonly fails: { bus(fail: boolean): void; outbox: boolean };
  /** Brings to the bus what is in the outbox. */
  sweep(): Promise<unknown>;
  /** The official client, with an access key that has a role. */
  client(role?: string): Promise<BedrockAgentCoreClient>;
  /** Replaces the administration's policies. */
  policies(text: string): Promise<void>;
  addAgent(name: string): Promise<WorkloadIdentityRecord>;
  /** Changes an agent's record. */
  changeAgent(name: string, change: Partial<WorkloadIdentityRecord>): Promise<void>;
  /** A token of the issuer. */
  userToken(claims?: JWTPayload, expiresIn?: number): Promise<string>;
  stop(): Promise<void>;
}

/** For tests only. One gateway trusts the issuer, for the audience `app`. */
export async function startTestDataPlane(): Promise<TestDataPlane> {
  const [database, kms, issuer] = await Promise.all([startTestDatabase(), startTestKms(), startIssuer()]);
  const table = { client: database.client, table: database.tables.config };
  const keyring = createKeyring({ kms: kms.client, keyId: kms.keyId, store: dataKeyRepository(table) });
  const identities = identityRepository(table);
  const repository = administrationRepository(table);
  const discoveryUrl = `${issuer.issuer.url}/.well-known/openid-configuration`;
  const authorizer = { discoveryUrl, allowedAudience: ["app"], allowedScopes: ["use"] };
  const now = () => test.time ?? new Date();
  const engine: TestEngine = {
    tokenRequests: [],
    completed: [],
    apiKeys: new Map(),
    answer: async () => ({ accessToken: "an access token" }),
    consents: new Map(),
    described: [],
  };
  const refusals: GatehouseError[] = [];
  const errors: unknown[] = [];
  const bus = createTestBus();
  const stored = outboxRepository({ client: database.client, table: database.tables.ledger });
  const fails = { bus: bus.fail, outbox: false };
  const outbox: typeof stored = {
    ...stored,
    add: (entry) => (fails.outbox ? Promise.reject(new Error("The outbox is away.")) : stored.add(entry)),
  };
  const answer = createDataPlaneRoutes({
    events: createPublisher({ eventBridge: bus.client, bus: "test", outbox }),
    ...location,
    administration: createAdministration({ ...location, administration: repository, keyring, allowLoopback: true }),
    identities,
    tokens: createWorkloadAccessTokens({ keyring, workloadIdentity: identities.workloadIdentity, now }),
    userTokens: createUserTokens({
      verifier: createJwtVerifier({ issuers: createIssuers({ allowLoopback: true }), now }),
      authorizers: async () => [authorizer, { ...authorizer, allowedAudience: ["elsewhere"], allowedScopes: [] }],
    }),
    credentials: {
      async apiKey(provider) {
        const key = engine.apiKeys.get(provider);
        if (key === undefined) throw new GatehouseError("notFound", `There is no provider ${provider}.`);
        return key;
      },
      token(request) {
        engine.tokenRequests.push(request);
        return engine.answer(request);
      },
    },
    consents: boundConsents(
      {
        describe: async (sessionUri) => {
          engine.described.push(sessionUri);
          return engine.consents.get(sessionUri);
        },
        complete: async (sessionUri, user) => void engine.completed.push({ sessionUri, user }),
      },
      keyring,
    ),
    onRefused: (error) => refusals.push(error),
    onError: (error) => errors.push(error),
  });
  const server = createServer(async (incoming, outgoing) => {
    const response = (await answer(await requestOf(incoming))) ?? new Response("Nothing is here", { status: 404 });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  const url = `http://127.0.0.1:${address.port}`;
  const clients: BedrockAgentCoreClient[] = [];

  const test: TestDataPlane = {
    url,
    identities,
    keyring,
    database,
    engine,
    discoveryUrl,
    time: undefined,
    refusals,
    errors,
    get events() {
      return bus.events.flatMap((event) => (event.type === "CredentialRequested" ? [event.detail] : []));
    },
    fails,
    sweep: () => sweepOutbox({ eventBridge: bus.client, outbox: stored }),
    async client(role = "agent") {
      const accessKeyId = `GHAK${role.toUpperCase().replaceAll("-", "")}`.padEnd(20, "X");
      const secretAccessKey = "a secret for tests";
      if ((await repository.accessKey(accessKeyId)) === undefined) {
        const sealedSecret = await sealSecret(keyring, accessKeyId, secretAccessKey);
        const made = { name: role, createdAt: new Date().toISOString(), createdBy: "test" };
        await repository.putHostKey(await repository.load(), { accessKeyId, roles: [role], sealedSecret, ...made });
      }
      const credentials = { accessKeyId, secretAccessKey };
      const client = new BedrockAgentCoreClient({
        endpoint: url,
        region: location.region,
        credentials,
        maxAttempts: 1,
      });
      clients.push(client);
      return client;
    },
    async policies(policies) {
      await repository.putPolicies(await repository.load(), { policies, updatedAt: new Date().toISOString() }, []);
    },
    async addAgent(name) {
      const at = new Date().toISOString();
      const record = {
        name,
        workloadIdentityArn: workloadIdentityArn(location, name),
        allowedResourceOauth2ReturnUrls: [],
        createdAt: at,
        updatedAt: at,
      };
      await identities.workloadIdentities.create(record);
      return record;
    },
    async changeAgent(name, change) {
      const record = await identities.workloadIdentities.existing(name);
      await identities.workloadIdentities.update(record, { ...record, ...change, updatedAt: new Date().toISOString() });
    },
    userToken: (claims = {}, expiresIn = 3_600) => {
      const transform = (_: unknown, body: JWTPayload) =>
        void Object.assign(body, { sub: "alice", aud: "app", scope: "use", ...claims });
      return issuer.issuer.buildToken({ expiresIn, scopesOrTransform: transform });
    },
    async stop() {
      for (const client of clients) client.destroy();
      bus.client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([database.stop(), kms.stop(), issuer.stop()]);
    },
  };
  return test;
}

/** A token that nobody has signed but whoever made it up. */
export function forgedToken(claims: JWTPayload): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).setExpirationTime("1h").sign(new Uint8Array(32));
}

async function startIssuer(): Promise<OAuth2Server> {
  const issuer = new OAuth2Server();
  await issuer.issuer.keys.generate("RS256");
  await issuer.start(0, "127.0.0.1");
  return issuer;
}

async function requestOf(incoming: IncomingMessage) {
  const [path = "/", search = ""] = (incoming.url ?? "/").split("?", 2);
  return {
    method: incoming.method ?? "GET",
    path,
    signedPath: path,
    query: new URLSearchParams(search),
    headers: new Headers(
      Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]),
    ),
    body: await text(incoming),
    sourceIp: incoming.socket.remoteAddress ?? "",
    requestId: "a-request",
  };
}
