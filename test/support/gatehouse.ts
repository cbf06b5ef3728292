import { randomUUID } from "node:crypto";
import {
  BedrockAgentCoreControlClient,
  CreateGatewayCommand,
  CreateGatewayTargetCommand,
  CreatePolicyCommand,
  CreatePolicyEngineCommand,
  DeleteGatewayTargetCommand,
  type GatewayPolicyEngineMode,
  GetGatewayCommand,
  GetGatewayTargetCommand,
  type TargetConfiguration,
  UpdateGatewayCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { ToolDecision } from "@gatehouse/core/observability/events.ts";
import { type LedgerRepository, ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import { type Host, type HostOptions, startHost } from "@gatehouse/local/host.ts";
import { tableName } from "@gatehouse/local/tables.ts";

export const roleArn = "arn:aws:iam::000000000000:role/gatehouse";

/** A gateway made for a test, and what there is to do with it. */
export interface TestGateway {
  readonly id: string;
  readonly arn: string;
  /** The MCP endpoint, which is also the audience of its tokens. */
  readonly url: string;
}

/** A running Gatehouse with the clients that tests need: AWS's own for the control plane, its issuer, its ledger. */
export interface TestGatehouse extends AsyncDisposable {
  readonly host: Host;
  readonly url: string;
  readonly control: BedrockAgentCoreControlClient;
  readonly ledger: LedgerRepository;
  createGateway(options?: { exceptionLevel?: "DEBUG"; search?: boolean; scope?: string }): Promise<TestGateway>;
  /** Adds a target and waits until its tools are known. */
  addTarget(gateway: TestGateway, name: string, configuration: TargetConfiguration["mcp"]): Promise<string>;
  deleteTarget(gateway: TestGateway, targetId: string): Promise<void>;
  /** Creates an engine with policies (Cedar; `{gateway}` stands for the gateway's ARN) and attaches it. */
  attach(gateway: TestGateway, mode: GatewayPolicyEngineMode, policies: Record<string, string>): Promise<string>;
  token(gateway: TestGateway, user: string, claims?: Record<string, string>): Promise<string>;
  /** Every decision about a gateway, once all that is under way is recorded. */
  decisions(gateway: TestGateway): Promise<ToolDecision[]>;
}

/** Starts a Gatehouse of its own in this process: real HTTP, real engine, nothing left behind. */
export async function startGatehouse(options: Partial<HostOptions> = {}): Promise<TestGatehouse> {
  // What tests provoke is expected; what is not shows in what they assert.
  process.env.POWERTOOLS_LOG_LEVEL ??= "SILENT";
  const startedAt = new Date();
  const host = await startHost({ port: 0, data: ":memory:", lambdas: [], ...options });
  const { url: endpoint, region, administrator: credentials } = host;
  const control = new BedrockAgentCoreControlClient({ endpoint, region, credentials });
  const database = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const ledger = ledgerRepository({ client: database, table: tableName("ledger") });
  const discoveryUrl = `${host.idp.issuer}/.well-known/openid-configuration`;

  const authorizer = (audience: string, scope?: string) => ({
    customJWTAuthorizer: { discoveryUrl, allowedAudience: [audience], allowedScopes: scope ? [scope] : undefined },
  });
  const protocol = (search?: boolean) => ({
    mcp: { supportedVersions: ["2025-11-25"], ...(search ? { searchType: "SEMANTIC" as const } : {}) },
  });

  const gatehouse: TestGatehouse = {
    host,
    url: host.url,
    control,
    ledger,
    async createGateway({ exceptionLevel, search, scope } = {}) {
      const settings = {
        name: `test-${randomUUID().slice(0, 8)}`,
        roleArn,
        authorizerType: "CUSTOM_JWT" as const,
        protocolType: "MCP" as const,
        protocolConfiguration: protocol(search),
        exceptionLevel,
      };
      const created = await control.send(
        new CreateGatewayCommand({ ...settings, authorizerConfiguration: authorizer("not-yet-known") }),
      );
      const { gatewayId: id = "", gatewayArn: arn = "", gatewayUrl: url = "" } = created;
      await control.send(
        new UpdateGatewayCommand({
          gatewayIdentifier: id,
          ...settings,
          authorizerConfiguration: authorizer(url, scope),
        }),
      );
      return { id, arn, url };
    },
    async addTarget({ id }, name, mcp) {
      const { targetId = "" } = await control.send(
        new CreateGatewayTargetCommand({
          gatewayIdentifier: id,
          name,
          targetConfiguration: { mcp } as TargetConfiguration,
          ...(mcp?.lambda
            ? { credentialProviderConfigurations: [{ credentialProviderType: "GATEWAY_IAM_ROLE" }] }
            : {}),
        }),
      );
      await host.idle();
      const { status, statusReasons } = await control.send(
        new GetGatewayTargetCommand({ gatewayIdentifier: id, targetId }),
      );
      if (status !== "READY") throw new Error(`Target ${name} is ${status}: ${statusReasons?.join(" ")}`);
      return targetId;
    },
    async deleteTarget({ id }, targetId) {
      await control.send(new DeleteGatewayTargetCommand({ gatewayIdentifier: id, targetId }));
    },
    async attach({ id, arn }, mode, policies) {
      const suffix = randomUUID().slice(0, 8).replaceAll("-", "_");
      const engine = await control.send(new CreatePolicyEngineCommand({ name: `engine_${suffix}` }));
      for (const [name, statement] of Object.entries(policies)) {
        const policy = await control.send(
          new CreatePolicyCommand({
            policyEngineId: engine.policyEngineId,
            name,
            validationMode: "IGNORE_ALL_FINDINGS",
            definition: { cedar: { statement: statement.replaceAll("{gateway}", arn) } },
          }),
        );
        if (policy.status !== "ACTIVE") throw new Error(`Policy ${name}: ${policy.statusReasons?.join(" ")}`);
      }
      const current = await control.send(new GetGatewayCommand({ gatewayIdentifier: id }));
      await control.send(
        new UpdateGatewayCommand({
          gatewayIdentifier: id,
          name: current.name,
          roleArn: current.roleArn,
          authorizerType: current.authorizerType,
          authorizerConfiguration: current.authorizerConfiguration,
          protocolType: current.protocolType,
          protocolConfiguration: current.protocolConfiguration,
          exceptionLevel: current.exceptionLevel,
          policyEngineConfiguration: { arn: engine.policyEngineArn, mode },
        }),
      );
      return engine.policyEngineId ?? "";
    },
    token: ({ url }, user, claims = {}) => host.idp.token({ sub: user, client_id: "agent", aud: url, claims }),
    async decisions({ id }) {
      await host.idle();
      const to = new Date(Date.now() + 60_000);
      return Array.fromAsync(ledger.decisions({ gatewayId: id, from: startedAt, to }));
    },
    async [Symbol.asyncDispose]() {
      control.destroy();
      database.destroy();
      await host.stop();
    },
  };
  return gatehouse;
}
