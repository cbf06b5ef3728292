import { randomUUID } from "node:crypto";
import {
  BedrockAgentCoreClient,
  EvaluateCommand,
  GetResourceApiKeyCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
} from "@aws-sdk/client-bedrock-agentcore";
import {
  type BedrockAgentCoreControlClient,
  CreateEvaluatorCommand,
  CreateGatewayTargetCommand,
  CreateOnlineEvaluationConfigCommand,
  CreatePolicyCommand,
  CreatePolicyEngineCommand,
  DeleteGatewayCommand,
  DeletePolicyCommand,
  GetGatewayCommand,
  GetOauth2CredentialProviderCommand,
  ListGatewaysCommand,
  ListGatewayTargetsCommand,
  ListPoliciesCommand,
  ListPolicyEnginesCommand,
  ListPolicyGenerationAssetsCommand,
  StartPolicyGenerationCommand,
  TagResourceCommand,
  UpdateGatewayCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { queryClientOf } from "@gatehouse/apply/observe/queryClient.ts";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import type { GatehouseEvent } from "@gatehouse/core/observability/events.ts";
import { entryOf } from "@gatehouse/core/observability/publisher.ts";
import { expect } from "vitest";
import { addAgent, agentsClient } from "../support/agents.ts";
import { messageOf } from "../support/eventStream.ts";
import type { TestGatehouse, TestGateway } from "../support/gatehouse.ts";
import { connectClient, post } from "../support/mcp.ts";
import { newTraceId, spanAt, told } from "../support/observed.ts";
import { startRawUpstream } from "../support/rawUpstream.ts";
import { type Answer, signedRequest, type Unsigned } from "../support/signedRequest.ts";
import type { Upstream } from "../support/upstream.ts";

/** An agent's exporter sends a span. */
export async function sendSpan({ url, host: { administrator } }: TestGatehouse): Promise<void> {
  const { accessKeyId, secretAccessKey } = administrator;
  const authorization = `Basic ${Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString("base64")}`;
  const nanos = String(BigInt(Date.now()) * 1_000_000n);
  const span = {
    ...{ traceId: "a".repeat(32), spanId: "b".repeat(16), name: "invoke_agent" },
    ...{ startTimeUnixNano: nanos, endTimeUnixNano: nanos },
  };
  const answer = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
  expect([answer.status, await answer.json()]).toEqual([200, {}]);
}

/** What a user and an agent say to each other, in OpenTelemetry's attributes. */
const talk = {
  "gen_ai.operation.name": "invoke_agent",
  "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: "Hello." }] }]),
  "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts: [{ type: "text", content: "Hello!" }] }]),
};

/** Somebody has a session evaluated, by an evaluator of their own, which asks a judge. */
export async function evaluate({ url: endpoint, host, control }: TestGatehouse): Promise<void> {
  const { evaluatorId } = await control.send(
    new CreateEvaluatorCommand({
      evaluatorName: "Kind",
      level: "SESSION",
      evaluatorConfig: {
        llmAsAJudge: {
          instructions: "Is the agent kind? {context}",
          ratingScale: {
            categorical: [
              { label: "Yes", definition: "It is." },
              { label: "No", definition: "It is not." },
            ],
          },
          modelConfig: { bedrockEvaluatorModelConfig: { modelId: "judge" } },
        },
      },
    }),
  );
  const client = new BedrockAgentCoreClient({ endpoint, region: host.region, credentials: host.administrator });
  const span = {
    ...{ traceId: "a".repeat(32), spanId: "b".repeat(16), name: "invoke_agent", startTimeUnixNano: "1" },
    attributes: { "session.id": "s", ...talk },
  };
  const { evaluationResults } = await client.send(
    new EvaluateCommand({ evaluatorId, evaluationInput: { sessionSpans: [span] } }),
  );
  expect(evaluationResults).toMatchObject([{ evaluatorId, label: "No" }]);
  client.destroy();
}

/** What administrators do: everything once that touches storage in a way of its own. */
export async function administer(gatehouse: TestGatehouse): Promise<void> {
  const { control, host } = gatehouse;
  const gateway = await gatehouse.createGateway();
  const policyEngineId = await gatehouse.attach(gateway, "LOG_ONLY", {
    everybody: 'permit(principal, action, resource == AgentCore::Gateway::"{gateway}");',
  });
  // The engine stays and its mode changes: what was checked of the engine must still hold.
  const { name, roleArn, authorizerType, authorizerConfiguration, protocolType, policyEngineConfiguration } =
    await control.send(new GetGatewayCommand({ gatewayIdentifier: gateway.id }));
  await control.send(
    new UpdateGatewayCommand({
      gatewayIdentifier: gateway.id,
      ...{ name, roleArn, authorizerType, authorizerConfiguration, protocolType },
      policyEngineConfiguration: { arn: policyEngineConfiguration?.arn, mode: "ENFORCE" },
    }),
  );
  await control.send(new TagResourceCommand({ resourceArn: gateway.arn, tags: { team: "underwriting" } }));
  await control.send(new ListGatewaysCommand({}));
  await control.send(new ListPolicyEnginesCommand({}));
  await control.send(new ListGatewayTargetsCommand({ gatewayIdentifier: gateway.id }));
  const content = { rawText: "Allow everyone to create applications." };
  await control.send(
    new StartPolicyGenerationCommand({ policyEngineId, name: "words", resource: { arn: gateway.arn }, content }),
  );
  const hour = { from: new Date(Date.now() - 3_600_000), until: new Date() };
  await sendOwn(control, "StartPolicyReplay", { gatewayIdentifier: gateway.id, ...hour });
  await host.idle();
  const { policies = [] } = await control.send(new ListPoliciesCommand({ policyEngineId }));
  for (const { policyId } of policies) await control.send(new DeletePolicyCommand({ policyEngineId, policyId }));

  const ask = (request: Unsigned): Promise<Answer> => signedRequest(host.url, request, host.administrator);
  const { body } = await ask({ method: "POST", path: "/access-keys", body: { name: "ci", roles: ["analyst"] } });
  await ask({ method: "DELETE", path: `/access-keys/${body.accessKeyId}` });
  await control.send(new DeleteGatewayCommand({ gatewayIdentifier: gateway.id }));
}

/** What those do who look at what has happened. */
export async function analyse({ control, url }: TestGatehouse): Promise<void> {
  const ask = queryClientOf(url, control);
  for (const path of ["/decisions?maxResults=1", "/aggregates", "/sessions", "/export/decisions"]) {
    const { pathname, searchParams } = new URL(path, url);
    await (await ask(pathname, Object.fromEntries(searchParams))).text();
  }
  await ask("/sessions/nobody").catch(() => {});
}

/**
 * What those do who write policies, on the insurance company's gateway: has them written from words, finds out what they
 * mean, and tries them on what has happened.
 */
export async function authorPolicies(
  control: BedrockAgentCoreControlClient,
  { gatewayId: gatewayIdentifier, gatewayArn }: { readonly gatewayId: string; readonly gatewayArn: string },
  idle: () => Promise<void>,
) {
  const { policyEngineId, policyEngineArn } = await control.send(new CreatePolicyEngineCommand({ name: "from_words" }));
  const rawText = "Allow everyone to create applications with a coverage amount below 5 million.";
  const words = { policyEngineId, name: "words", resource: { arn: gatewayArn }, content: { rawText } };
  const { policyGenerationId } = await control.send(new StartPolicyGenerationCommand(words));
  const hour = { from: new Date(Date.now() - 3_600_000), until: new Date() };
  const { policyReplayId } = await sendOwn(control, "StartPolicyReplay", {
    gatewayIdentifier,
    ...hour,
    policyEngineArn: policyEngineArn ?? "",
  });
  await idle();
  const ids = { policyEngineId, policyGenerationId };
  const { policyGenerationAssets: [asset] = [] } = await control.send(new ListPolicyGenerationAssetsCommand(ids));
  const statement = `permit(principal, action, resource == AgentCore::Gateway::"${gatewayArn}");`;
  const everything = { policyEngineId, name: "everything", definition: { cedar: { statement } } };
  const { status, statusReasons } = await control.send(new CreatePolicyCommand(everything));
  const replay = await sendOwn(control, "GetPolicyReplay", { gatewayIdentifier, policyReplayId });
  return {
    written: asset?.findings?.map(({ type }) => type),
    everything: { status, reason: statusReasons?.[0] ?? "" },
    replay: replay.status,
  };
}

/** What {@link authorPolicies} comes to, wherever it is done. */
export const authored = {
  written: ["VALID"],
  everything: { status: "CREATE_FAILED", reason: expect.stringContaining("ALLOW_ALL") },
  replay: "REPLAYED",
};

/** What agents' code does that asks for credentials: everything once that touches storage in a way of its own. */
export async function useIdentity(gatehouse: TestGatehouse): Promise<void> {
  const gateway = await gatehouse.createGateway();
  await addAgent(gatehouse.control, gatehouse.host.idp.issuer);
  const client = await agentsClient(gatehouse.host);
  const workloadName = "travel";
  const { workloadAccessToken: itself } = await client.send(new GetWorkloadAccessTokenCommand({ workloadName }));
  const weather = { workloadIdentityToken: itself, resourceCredentialProviderName: "weather" };
  await client.send(new GetResourceApiKeyCommand(weather));
  const calendar = { resourceCredentialProviderName: "calendar", scopes: ["read"] };
  const own = { ...calendar, workloadIdentityToken: itself, oauth2Flow: "M2M" } as const;
  const { accessToken } = await client.send(new GetResourceOauth2TokenCommand(own));
  expect(accessToken).toBeDefined();
  const userToken = await gatehouse.token(gateway, "alice");
  const { workloadAccessToken: forAlice } = await client.send(
    new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken }),
  );
  const hers = { ...calendar, workloadIdentityToken: forAlice, oauth2Flow: "USER_FEDERATION" } as const;
  const { authorizationUrl } = await client.send(new GetResourceOauth2TokenCommand(hers));
  expect(authorizationUrl).toBeDefined();
  client.destroy();
  await gatehouse.control.send(new DeleteGatewayCommand({ gatewayIdentifier: gateway.id }));
}

/** What is recorded before it is answered, and waits in the outbox where the bus is away. */
export async function askForItself(gatehouse: TestGatehouse): Promise<void> {
  const client = await agentsClient(gatehouse.host);
  await client.send(new GetWorkloadAccessTokenCommand({ workloadName: "travel" }));
  client.destroy();
}

/** Targets that are called with tokens of the issuer that `useIdentity` has made a client of: one is read with one, too. */
async function addTargetsWithTokens({ control, host }: TestGatehouse, { id }: TestGateway, endpoint: string) {
  const { credentialProviderArn: providerArn } = await control.send(
    new GetOauth2CredentialProviderCommand({ name: "calendar" }),
  );
  const echo = { name: "echo", description: "Gives its arguments back", inputSchema: { type: "object" } };
  const known = { mcpToolSchema: { inlinePayload: JSON.stringify({ tools: [echo] }) } };
  for (const [name, scope, grantType, more] of [
    ["Vaulted", "read", "CLIENT_CREDENTIALS", {}],
    ["Unread", "call", "CLIENT_CREDENTIALS", known],
    ["Consented", "call", "AUTHORIZATION_CODE", known],
  ] as const) {
    const oauthCredentialProvider = { providerArn, scopes: [scope], grantType };
    const credential = { credentialProviderType: "OAUTH" as const, credentialProvider: { oauthCredentialProvider } };
    await control.send(
      new CreateGatewayTargetCommand({
        gatewayIdentifier: id,
        name,
        targetConfiguration: { mcp: { mcpServer: { endpoint, ...more } } },
        credentialProviderConfigurations: [credential],
      }),
    );
  }
  await host.idle();
}

/** A server that takes signatures: it is read with one, too. */
async function addSignedTarget({ control, host }: TestGatehouse, { id }: TestGateway, endpoint: string) {
  const iamCredentialProvider = { service: "bedrock-agentcore" };
  const credential = {
    credentialProviderType: "GATEWAY_IAM_ROLE" as const,
    credentialProvider: { iamCredentialProvider },
  };
  await control.send(
    new CreateGatewayTargetCommand({
      gatewayIdentifier: id,
      name: "Signed",
      targetConfiguration: { mcp: { mcpServer: { endpoint } } },
      credentialProviderConfigurations: [credential],
    }),
  );
  await host.idle();
}

/** What agents do, with tools that were read from a server: an agent that has entered, and leaves when it is done. */
export async function enter(gatehouse: TestGatehouse, { endpoint }: Upstream) {
  const gateway = await gatehouse.createGateway();
  const targetId = await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint } });
  const rateLimits = [{ scope: "PRINCIPAL", limit: 1_000, periodSeconds: 60 }] as const;
  await sendOwn(gatehouse.control, "PutGatewaySettings", { gatewayIdentifier: gateway.id, rateLimits });
  const asking = await startRawUpstream();
  asking.answer = () => ({
    resultType: "input_required",
    inputRequests: { sure: { method: "elicitation/create", params: { message: "Sure?" } } },
    requestState: "what is to be sealed",
  });
  await gatehouse.addTarget(gateway, "Raw", { mcpServer: { endpoint: asking.endpoint } });
  await addTargetsWithTokens(gatehouse, gateway, endpoint);
  await addSignedTarget(gatehouse, gateway, endpoint);
  const token = await gatehouse.token(gateway, "alice");
  const client = await connectClient(gateway.url, token);
  return {
    async call(): Promise<void> {
      await client.callTool({ name: "Up___echo", arguments: { text: "hello" } });
      for (const name of ["Vaulted", "Unread", "Consented", "Signed"])
        await client.callTool({ name: `${name}___echo`, arguments: { text: "hello" } });
      await gatehouse.host.idle();
    },
    /** Calls a tool that asks for input: what it wants back with the next attempt is sealed. */
    async ask(): Promise<void> {
      const _meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": { elicitation: {} },
      };
      const message = {
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name: "Raw___ask", arguments: {}, _meta },
      };
      const { body } = await post(gateway.url, message, {
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": "Raw___ask",
        // A session has counters and marks in the ledger.
        "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "session",
        Authorization: `Bearer ${token}`,
      });
      expect(body?.result?.resultType).toBe("input_required");
      await gatehouse.host.idle();
    },
    async leave(): Promise<void> {
      await client.close();
      await asking[Symbol.asyncDispose]();
      await gatehouse.deleteTarget(gateway, targetId);
    },
  };
}

/** A session of an agent is over and evaluated; of another evaluation, the scores have fallen. */
export async function evaluateOnline(
  { control, host }: TestGatehouse,
  call: (name: "endSessions" | "evaluate" | "record" | "watchScores", event: object) => Promise<unknown>,
  withoutBus: (act: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const { onlineEvaluationConfigId: configId = "" } = await control.send(
    new CreateOnlineEvaluationConfigCommand({
      onlineEvaluationConfigName: "online",
      rule: { samplingConfig: { samplingPercentage: 100 } },
      dataSourceConfig: { cloudWatchLogs: { logGroupNames: ["ledger"], serviceNames: ["agent"] } },
      evaluators: [{ evaluatorId: "Builtin.Helpfulness" }],
      evaluationExecutionRoleArn: "arn:aws:iam::123456789012:role/evaluation",
      enableOnCreate: true,
    }),
  );
  const later = (minutes: number) => ({ time: new Date(Date.now() + minutes * 60_000).toISOString() });
  const happens = async (sessionId: string) => {
    const events = told([{ span: spanAt(new Date(), newTraceId(), { attributes: talk }), sessionId }]);
    await host.putEvents(events.map((event) => entryOf(event, "gatehouse")));
    await host.idle();
  };
  for (const [index, sessionId] of ["evaluated", "evaluated-later"].entries()) {
    await happens(sessionId);
    await call("endSessions", later(17 + index));
    await host.idle();
  }
  await happens("evaluated-by-hand");
  // While the bus is away, what was said waits in the outbox.
  const lastActivity = new Date().toISOString();
  const session = { schemaVersion: 1, configId, sessionId: "evaluated-by-hand", lastActivity } as const;
  await withoutBus(async () => {
    await call("evaluate", { Records: [messageOf({ type: "SessionEnded", detail: session })] });
  });

  const scores = Array.from({ length: 40 }, (_, index): GatehouseEvent[] =>
    [1, 0].map((value) => ({
      type: "EvaluationCompleted",
      detail: {
        schemaVersion: 1,
        evaluationId: randomUUID(),
        time: new Date(Date.now() - (index + (value === 1 ? 30 * 60 : 2 * 60)) * 60_000).toISOString(),
        evaluatedAt: new Date().toISOString(),
        config: { id: configId, arn: "arn" },
        evaluator: { id: "Falls", arn: "arn", name: "Falls" },
        level: "SESSION",
        sessionId: `session-${index}`,
        label: String(value),
        value,
        durationMicroseconds: 1,
      },
    })),
  ).flat();
  await call("record", { Records: scores.map(messageOf) });
  await call("watchScores", later(0));
}
