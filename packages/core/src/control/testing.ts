import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { createKeyring, type Keyring } from "../identity/vault/keyring.ts";
import { startTestKms } from "../identity/vault/testing.ts";
import { createEventOutbox } from "../observability/eventOutbox.ts";
import type { ConfigurationChanged, GatehouseEvent } from "../observability/events.ts";
import { sweepOutbox } from "../observability/sweep.ts";
import { createTestBus } from "../observability/testing.ts";
import { createAnalyzer } from "../policy/analysis/analysis.ts";
import { describeSchema, parsePolicy, validatePolicies } from "../policy/validate.ts";
import { administrationRepository } from "../storage/administrationRepository.ts";
import { clientTokenRepository } from "../storage/clientTokenRepository.ts";
import { type ConfigRepository, configRepository } from "../storage/configRepository.ts";
import { dataKeyRepository } from "../storage/dataKeyRepository.ts";
import { identityRepository } from "../storage/identityRepository.ts";
import { outboxRepository } from "../storage/outboxRepository.ts";
import { signingKeyRepository } from "../storage/signingKeyRepository.ts";
import { startTestDatabase, type TestDatabase } from "../storage/testing.ts";
import { ensureDefaultKey } from "./administration/defaultKey.ts";
import type { Administration } from "./administrator.ts";
import { millisecondsAnAnswer } from "./analysisTime.ts";
import type { ControlPlaneDependencies } from "./handlers.ts";
import type { ControlRequest } from "./request.ts";
import { type ControlPlane, createControlPlane, handlersOf } from "./router.ts";

/** A control plane of its own for tests, on loopback, and the official client that administers it. */
export interface TestControlPlane {
  readonly endpoint: string;
  readonly client: BedrockAgentCoreControlClient;
  readonly repository: ConfigRepository;
  readonly database: TestDatabase;
  readonly keyring: Keyring;
  /** Answers without a network in between. */
  readonly handle: ControlPlane;
  /** The operations that have a handler. */
  readonly built: readonly string[];
  /** What the bus was given. */
  readonly events: GatehouseEvent[];
  /** What was reported as Gatehouse's own fault. */
  readonly errors: unknown[];
  /** What the bus was told of changes of a resource, in order. */
  changesOf(resource: string | undefined): ConfigurationChanged[];
  /** Whether the bus refuses what it is given. */
  failPublishing(fail: boolean): void;
  /** Brings to the bus what it has refused before. */
  sweep(): Promise<unknown>;
  stop(): Promise<void>;
}

/** The administrator whom requests are from where they don't say otherwise; its key is there. */
export const tester = { accessKeyId: "GHAKTESTERTESTERTEST", secretAccessKey: "unused" };

/** The header that says which administrator a test's request is from; what administrators may do is tested elsewhere. */
export const administratorHeader = "x-test-administrator";
const anyoneMayEverything: Administration = {
  authenticate: async ({ headers }) => ({
    type: "Gatehouse::AccessKey",
    id: headers[administratorHeader] ?? tester.accessKeyId,
    roles: ["admin"],
  }),
  authorize: async () => {},
  authorizeOn: async () => {},
};

/**
 * For tests only: a real engine behind the control plane, and node:http in front of it.
 * @param limits what administrators may do, where that is not everything.
 */
export async function startTestControlPlane(limits: Partial<Administration> = {}): Promise<TestControlPlane> {
  const [database, kms] = await Promise.all([startTestDatabase(), startTestKms()]);
  const configTable = { client: database.client, table: database.tables.config };
  const repository = configRepository(configTable);
  const errors: unknown[] = [];
  const bus = createTestBus();
  const outbox = outboxRepository({ client: database.client, table: database.tables.ledger });
  const dataKeys = dataKeyRepository(configTable);
  const keyring = createKeyring({ kms: kms.client, keyId: kms.keyId, store: dataKeys });
  const administration = administrationRepository(configTable);
  const analyzer = createAnalyzer({ milliseconds: millisecondsAnAnswer });
  await ensureDefaultKey({ administration, keyring, now: () => new Date() }, tester);
  const dependencies: ControlPlaneDependencies = {
    repository,
    clientTokens: clientTokenRepository(configTable),
    administrationRepository: administration,
    identityRepository: identityRepository(configTable),
    keyring,
    dataKeys,
    signingKeys: signingKeyRepository(configTable),
    kmsKeyId: kms.keyId,
    administration: { ...anyoneMayEverything, ...limits },
    outbox: createEventOutbox({ eventBridge: bus.client, bus: "test", outbox }),
    policies: { describeSchema, parsePolicy, validatePolicies },
    analyzer,
    url: "http://127.0.0.1:4000",
    region: "us-east-1",
    accountId: "123456789012",
    allowLoopback: true,
    onRefused: () => {},
    onError: (error) => errors.push(error),
  };
  const handle = createControlPlane(dependencies);
  const server = createServer(async (incoming, outgoing) => {
    const { status, headers, body } = await handle(await requestOf(incoming));
    outgoing.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  const endpoint = `http://127.0.0.1:${address.port}`;
  const client = new BedrockAgentCoreControlClient({
    endpoint,
    region: dependencies.region,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  return {
    endpoint,
    client,
    repository,
    database,
    keyring,
    handle,
    built: Object.keys(handlersOf(dependencies)),
    events: bus.events,
    errors,
    changesOf: (resource) =>
      bus.events.flatMap((event) =>
        event.type === "ConfigurationChanged" && event.detail.resource === resource ? [event.detail] : [],
      ),
    failPublishing: bus.fail,
    sweep: () => sweepOutbox({ eventBridge: bus.client, outbox }),
    async stop() {
      client.destroy();
      bus.client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([database.stop(), kms.stop(), analyzer.close()]);
    },
  };
}

async function requestOf(incoming: IncomingMessage): Promise<ControlRequest> {
  const [path = "/", search = ""] = (incoming.url ?? "/").split("?", 2);
  const parameters = new URLSearchParams(search);
  return {
    method: incoming.method ?? "GET",
    path,
    query: Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name)])),
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body: await text(incoming),
    sourceIp: incoming.socket.remoteAddress ?? "",
  };
}
