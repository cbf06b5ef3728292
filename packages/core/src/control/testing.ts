import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import type { GatehouseEvent } from "../observability/events.ts";
import { parsePolicy, validatePolicies } from "../policy/validate.ts";
import { type ConfigRepository, configRepository } from "../storage/configRepository.ts";
import { startTestDatabase, type TestDatabase } from "../storage/testing.ts";
import type { ControlPlaneDependencies } from "./handlers.ts";
import type { ControlRequest } from "./request.ts";
import { type ControlPlane, createControlPlane } from "./router.ts";

/** A control plane of its own for tests, on loopback, and the official client that administers it. */
export interface TestControlPlane {
  readonly endpoint: string;
  readonly client: BedrockAgentCoreControlClient;
  readonly repository: ConfigRepository;
  readonly database: TestDatabase;
  /** Answers without a network in between. */
  readonly handle: ControlPlane;
  /** What was published. */
  readonly events: GatehouseEvent[];
  /** What was reported as Gatehouse's own fault. */
  readonly errors: unknown[];
  /** Makes publishing fail with this error, until it is called without one. */
  failPublishing(error?: Error): void;
  stop(): Promise<void>;
}

/** For tests only: a real engine behind the control plane, and node:http in front of it. */
export async function startTestControlPlane(): Promise<TestControlPlane> {
  const database = await startTestDatabase();
  const repository = configRepository({ client: database.client, table: database.tables.config });
  const events: GatehouseEvent[] = [];
  const errors: unknown[] = [];
  let failure: Error | undefined;
  const dependencies: ControlPlaneDependencies = {
    repository,
    policies: { parsePolicy, validatePolicies },
    publisher: {
      publish: async (event) => {
        if (failure !== undefined) throw failure;
        events.push(event);
      },
    },
    url: "http://127.0.0.1:4000",
    region: "us-east-1",
    accountId: "123456789012",
    allowLoopback: true,
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
  const stop = async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await database.stop();
  };
  const failPublishing = (error?: Error) => {
    failure = error;
  };
  return { endpoint, client, repository, database, handle, events, errors, failPublishing, stop };
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
  };
}
