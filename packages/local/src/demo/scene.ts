import { fileURLToPath } from "node:url";
import type { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { freshMilliseconds } from "@gatehouse/core/gateway/snapshot.ts";
import type { JsonObject } from "@gatehouse/core/json.ts";
import type { ToolDecision } from "@gatehouse/core/observability/events.ts";
import { type LedgerRepository, ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import {
  type Callers,
  createClient,
  createGateway,
  type InsuranceGateway,
} from "@gatehouse/example-insurance/setup.ts";
import type { users } from "@gatehouse/example-insurance/users.ts";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { type Host, type HostOptions, startHost } from "../host.ts";
import { tableName } from "../tables.ts";

/** A user of the scene, played by a real MCP client. */
export interface Actor {
  readonly name: string;
  /** The names of the tools that this user's agent sees. */
  tools(): Promise<string[]>;
  /** Calls a tool, and gives its answer with the decision that the ledger has of it. */
  call(tool: string, args: JsonObject): Promise<{ text: string; isError: boolean; decision: ToolDecision }>;
}

/** A running Gatehouse that a scene is played on: wherever it runs, this is all that the play knows of it. */
export interface Venue extends AsyncDisposable, Pick<Host, "url" | "region" | "administrator" | "idle"> {
  readonly idp: Pick<Host["idp"], "issuer" | "token">;
  readonly ledger: LedgerRepository;
  /** What the names of the insurance company's functions begin with there; `insurance` unless said. */
  readonly functions?: string;
}

/** Starts a Gatehouse of its own, in memory, with the insurance company's functions. */
export async function ownVenue(options: Partial<HostOptions> = {}): Promise<Venue> {
  const functions = new URL("functions", import.meta.resolve("@gatehouse/example-insurance/setup.ts"));
  const host = await startHost({ port: 0, data: ":memory:", lambdas: [fileURLToPath(functions)], ...options });
  const database = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  return {
    ...host,
    ledger: ledgerRepository({ client: database, table: tableName("ledger") }),
    async [Symbol.asyncDispose]() {
      database.destroy();
      await host.stop();
    },
  };
}

/** The insurance company's gateway, ready to be called. */
export interface Scene extends AsyncDisposable {
  readonly control: BedrockAgentCoreControlClient;
  readonly gateway: InsuranceGateway;
  /** Whom the gateway lets in. */
  readonly callers: Callers;
  enter(user: (typeof users)[keyof typeof users]): Promise<Actor>;
  /** Lets a change of the configuration take effect. */
  settle(): Promise<void>;
  decisions(): Promise<ToolDecision[]>;
}

/** Builds the scene: the gateway is there, a policy engine is not. */
export async function buildScene(venue: Venue): Promise<Scene> {
  const startedAt = new Date();
  const control = createClient(venue.url, venue.administrator, venue.region);
  const clients: Client[] = [];

  const { functions } = venue;
  const callers = { issuer: venue.idp.issuer, ...(functions === undefined ? {} : { functions }) };
  const gateway = await createGateway(control, callers);
  const scene: Scene = {
    control,
    gateway,
    callers,
    async enter({ sub, claims }) {
      const client = await connect(venue, gateway, sub, claims);
      clients.push(client);
      return {
        name: sub,
        tools: async () => (await client.listTools(undefined, { cacheMode: "refresh" })).tools.map(({ name }) => name),
        async call(tool, args) {
          const result = await client.callTool({ name: tool, arguments: args });
          const decision = (await scene.decisions()).findLast(({ method }) => method === "tools/call");
          if (decision?.tool !== tool) throw new Error(`The ledger has no decision about ${tool}.`);
          const content = result.content as { text?: string }[];
          return { text: content.map(({ text }) => text ?? "").join(""), isError: result.isError === true, decision };
        },
      };
    },
    settle: () => new Promise((resolve) => setTimeout(resolve, freshMilliseconds)),
    async decisions() {
      await venue.idle();
      const query = { gatewayId: gateway.gatewayId, from: startedAt, to: new Date(Date.now() + 60_000) };
      return Array.fromAsync(venue.ledger.decisions(query));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      control.destroy();
    },
  };
  return scene;
}

async function connect({ idp }: Venue, { gatewayUrl, audience }: InsuranceGateway, sub: string, claims: object) {
  const token = await idp.token({ sub, client_id: "underwriting-agent", aud: audience, claims: { ...claims } });
  const client = new Client({ name: "underwriting-agent", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(gatewayUrl), { requestInit }));
  return client;
}
